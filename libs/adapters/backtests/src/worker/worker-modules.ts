const isSource = import.meta.url.endsWith('.ts');

/** A module of this folder that runs in a thread or process of its own: out of the build or, in tests, of the source. */
export function moduleUrl(name: string): URL {
  return new URL(`./${name}.${isSource ? 'ts' : 'js'}`, import.meta.url);
}

/** Arguments for the `node` that loads it. */
export const moduleArguments = isSource
  ? ['--conditions=@portcullis/source', '--disable-warning=ExperimentalWarning']
  : [];
