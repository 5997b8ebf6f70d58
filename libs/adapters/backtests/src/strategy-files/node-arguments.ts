/** Arguments for `node` that run a user's file with the platform's packages, such as a test of a strategy. */
export function nodeArgumentsFor(file: string): string[] {
  // From sources or from the build, as this file itself.
  const isSource = import.meta.url.endsWith('.ts');
  const register = new URL(isSource ? './register.ts' : './register.js', import.meta.url).href;
  const conditions = isSource ? ['--conditions=@portcullis/source'] : [];
  return [...conditions, '--disable-warning=ExperimentalWarning', '--import', register, file];
}
