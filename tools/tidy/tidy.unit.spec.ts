import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DENIAL_CODES } from '../../libs/core/risk/src/denials.ts';
import { filesIn, isSource, isWritten, moduleNames, textOf } from './tree.ts';

const files = filesIn('');
// This file spells out what no other may contain.
const written = files.filter((path) => isWritten(path) && path !== 'tools/tidy/tidy.unit.spec.ts');

/** Lines of the written files in which `pattern` occurs, as `path:line: text`. */
function occurrences(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    textOf(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

describe('every file', () => {
  test('has at most 400 lines', () => {
    const long = files.filter(isSource).filter((path) => textOf(path).split('\n').length > 401);
    expect(long).toEqual([]);
  });

  test('says in its name what is in it', () => {
    const sayingNothing = /^(utils?|helpers?|common|managers?|misc)$/;
    const named = files.filter((path) => path.split(/[/.\-_]/).some((word) => sayingNothing.test(word.toLowerCase())));
    expect(named).toEqual([]);
  });

  test('leaves no note about work that is not done', () => {
    expect(occurrences(written, /\b(FIXME|TODO|XXX|HACK)\b/)).toEqual([]);
  });

  test('names no place of one machine and no package registry', () => {
    expect(occurrences(written, /(?<![\w.])\/(work|root|home)\/|\/tmp\/plan/)).toEqual([]);
    expect(occurrences(written, /registry\.(npmjs|yarnpkg)|npm\.pkg\.github|deb\.debian\.org/)).toEqual([]);
    expect(occurrences(['package-lock.json', '.npmrc'], /"resolved": "https?:|registry\s*=/)).toEqual([]);
  });
});

describe('every test', () => {
  test('says its kind in its name', () => {
    const specs = files.filter((path) => /\.(spec|test)\.[cm]?[jt]s$/.test(path));
    expect(specs.filter((path) => !/\.(unit|prop|int|sim|e2e)\.spec\.ts$/.test(path))).toEqual([]);
  });

  test('runs: none is switched off or runs alone', () => {
    const specs = written.filter((path) => path.endsWith('.spec.ts'));
    expect(occurrences(specs, /\b(describe|test|it)\.(only|skip|failing)\b/)).toEqual([]);
  });
});

describe('every plug-in folder equals its list', () => {
  const folders = ['libs/core/risk/src/rules', 'libs/core/strategy/src/strategies'];

  test.each(folders)('%s', (folder) => {
    const listed = [...textOf(`${folder}/index.ts`).matchAll(/from '\.\/([^/']+)\.ts'/g)].map(([, name]) => name);
    expect([...new Set(listed)].sort()).toEqual(moduleNames(folder));
    expect(moduleNames(folder)).not.toEqual([]);
  });
});

describe('every message', () => {
  const contracts = 'libs/contracts';
  const messages = moduleNames(`${contracts}/src/messages`);
  const goldens = filesIn(`${contracts}/golden`);

  test('has a golden file of its version', () => {
    expect(messages.filter((name) => !goldens.includes(`${contracts}/golden/v1/${name}.json`))).toEqual([]);
  });

  test('with a golden file still exists', () => {
    expect(goldens.filter((path) => !messages.includes(basename(path, '.json')))).toEqual([]);
  });

  test('is exported', () => {
    const index = textOf(`${contracts}/src/index.ts`);
    expect(messages.filter((name) => !index.includes(`'./messages/${name}.ts'`))).toEqual([]);
  });
});

describe('every denial', () => {
  test('has a test that names its code', () => {
    const specs = filesIn('libs/core/risk').filter((path) => path.endsWith('.spec.ts'));
    const tests = specs.map(textOf).join('\n');
    expect(DENIAL_CODES.length).toBeGreaterThan(0);
    expect(DENIAL_CODES.filter((code) => !new RegExp(`\\b${code}\\b`).test(tests))).toEqual([]);
  });
});

describe('every package', () => {
  interface Manifest {
    readonly name: string;
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly nx: { readonly tags: readonly string[] };
  }
  interface Project {
    readonly references?: readonly { readonly path: string }[];
  }

  const folders = files.filter((path) => /^(libs|services|tools)\/.*package\.json$/.test(path)).map(dirname);
  const manifest = (folder: string): Manifest => JSON.parse(textOf(`${folder}/package.json`)) as Manifest;
  const project = (path: string): Project => JSON.parse(textOf(path)) as Project;

  test('is built by the root project', () => {
    const built = (project('tsconfig.json').references ?? []).map(({ path }) => path);
    expect([...built].sort()).toEqual([...folders].sort());
  });

  test('has one layer and one scope', () => {
    const kindsOf = (folder: string): string =>
      manifest(folder)
        .nx.tags.map((tag) => tag.replace(/:.*/, ''))
        .join();
    expect(folders.filter((folder) => kindsOf(folder) !== 'layer,scope')).toEqual([]);
  });

  test('builds after the packages that it depends on', () => {
    const folderOf = new Map(folders.map((folder) => [manifest(folder).name, folder]));
    for (const folder of folders) {
      const referenced = (project(`${folder}/tsconfig.json`).references ?? []).map(({ path }) => join(folder, path));
      const names = Object.keys(manifest(folder).dependencies ?? {}).filter((name) => name.startsWith('@portcullis/'));
      const wanted = names.map((name) => folderOf.get(name));
      expect({ folder, references: referenced.sort() }).toEqual({ folder, references: wanted.sort() });
    }
  });
});
