import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

// Who may import whom. The tags are in each package's package.json under nx.tags; CONTRIBUTING.md has a sentence for each.

const layers = {
  contracts: ['contracts'],
  core: ['contracts', 'core'],
  adapter: ['contracts', 'core', 'adapter'],
  service: ['contracts', 'core', 'adapter'],
  testkit: ['contracts', 'core', 'adapter'],
  simulation: ['contracts', 'core'],
  tool: ['contracts', 'core', 'adapter'],
};

// A strategy that could see the gate could trade around it; a gate that knew strategies would judge by name.
const strangers = [
  { sourceTag: 'scope:strategy', notDependOnLibsWithTags: ['scope:risk'] },
  { sourceTag: 'scope:risk', notDependOnLibsWithTags: ['scope:strategy'] },
];

const services = readdirSync(join(resolve(import.meta.dirname, '../..'), 'services'));

/**
 * For no-restricted-imports. Services export nothing, so that the rule on tags does not see an import of one by name,
 * while its files would still be found.
 */
export const serviceImports = {
  regex: `^@portcullis/(${services.join('|')})(/|$)`,
  message: 'A service is talked to over the bus or HTTP; what two of them share belongs to a library.',
};

function depConstraints(alsoAllowed) {
  const byLayer = Object.entries(layers).map(([layer, allowed]) => ({
    sourceTag: `layer:${layer}`,
    onlyDependOnLibsWithTags: [...new Set([...allowed, ...alsoAllowed])].map((name) => `layer:${name}`),
  }));
  return [...byLayer, ...strangers];
}

function rule(alsoAllowed) {
  return {
    'no-restricted-imports': ['error', { patterns: [serviceImports] }],
    '@nx/enforce-module-boundaries': [
      'error',
      {
        enforceBuildableLibDependency: false,
        // Tests of what the testkit is made of use the testkit; outside tests nothing may import it.
        ignoredCircularDependencies: [['@portcullis/testkit', '*']],
        depConstraints: depConstraints(alsoAllowed),
      },
    ],
  };
}

/** ESLint rules for source files. */
export const sourceBoundaries = rule([]);

/** ESLint rules for tests and what only tests import. */
export const testBoundaries = rule(['testkit']);
