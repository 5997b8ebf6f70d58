import { builtinModules } from 'node:module';
import { serviceImports } from './boundaries.mjs';

// The core is replayed: the same inputs have to give the same outputs on any machine, at any time, in one pass.
const why = 'The core is pure and synchronous: time, ids and randomness come in as data, and IO is done by adapters.';

const bannedGlobals = [
  'Date',
  'Promise',
  'Intl',
  'performance',
  'process',
  'console',
  'fetch',
  'crypto',
  'WebSocket',
  'navigator',
  'require',
  'global',
  'globalThis',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
];

const bannedSyntax = [
  [':function[async=true]', 'async functions'],
  ['AwaitExpression', 'await'],
  ['ForOfStatement[await=true]', 'for await'],
  ['ImportExpression', 'dynamic imports'],
  ['TSTypeReference[typeName.name="Promise"]', 'promises'],
  ['MemberExpression[property.name=/^(toLocale.*|localeCompare)$/]', 'the locale of the machine'],
];

const ioPackages = ['@nestjs/*', '@nats-io/*', 'ccxt', 'ccxt/*', 'ws', 'rxjs', 'rxjs/*', 'prom-client'];

const nodeModules = builtinModules.filter((name) => !name.startsWith('_'));

function importBan(alsoAllowed) {
  return [
    'error',
    {
      paths: nodeModules.map((name) => ({ name, message: why })),
      patterns: [
        { regex: `^node:(?!(${alsoAllowed.join('|')})$)`, message: why },
        { group: ioPackages, message: why },
        serviceImports,
      ],
    },
  ];
}

/** ESLint rules for everything under libs/core. */
export const corePurity = {
  'no-restricted-globals': ['error', ...bannedGlobals.map((name) => ({ name, message: why }))],
  'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: why }],
  'no-restricted-syntax': [
    'error',
    ...bannedSyntax.map(([selector, what]) => ({ selector, message: `No ${what}. ${why}` })),
  ],
  'no-restricted-imports': importBan([]),
};

/** For the one file of the core that hashes and signs. */
export const hashPurity = { ...corePurity, 'no-restricted-imports': importBan(['crypto']) };

/** For the simulation: it may print and read its command line, but its clock and its dice are its own. */
export const simulationPurity = {
  'no-restricted-globals': ['error', { name: 'Date', message: 'The simulation has a virtual clock.' }],
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: 'The simulation has one seed.' },
    { object: 'crypto', property: 'randomUUID', message: 'The simulation has one seed.' },
  ],
};
