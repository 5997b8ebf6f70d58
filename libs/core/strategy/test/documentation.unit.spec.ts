import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as strategyPackage from '../src/index.ts';

const text = readFileSync(resolve(import.meta.dirname, '../../../../docs/strategies.md'), 'utf8');
const { strategies, z } = strategyPackage;

describe('docs/strategies.md', () => {
  test.each(strategies.map((strategy) => [strategy.name, strategy] as const))(
    'tells of %s with all of its parameters and their defaults',
    (name, { parameters }) => {
      const section = text.split('\n### ').find((part) => part.startsWith(`${name}\n`)) ?? '';
      const told = section.slice(section.lastIndexOf('\n\n')).match(/`[^`]+`( [a-z0-9.]+)?/g) ?? [];
      const { properties = {} } = z.toJSONSchema(parameters, { io: 'input' });
      const expected = Object.entries(properties).map(([key, schema]) => {
        const fallback: unknown = typeof schema === 'object' ? schema.default : undefined;
        if (fallback === undefined) return `\`${key}\``;
        return `\`${key}\` ${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}`;
      });
      expect(told.sort()).toEqual(expected.sort());
    },
  );

  test('tells of nothing that there is not, and of every indicator', () => {
    const [, table = ''] = /\| Indicator [^]*?\n((?:\|.*\n)+)/.exec(text) ?? [];
    const told = [...table.matchAll(/`([a-zA-Z]+)\(/g)].map(([, name]) => name);
    expect(told.filter((name) => !(String(name) in strategyPackage))).toEqual([]);
    expect(told.sort()).toEqual(
      [
        ...['atr', 'bollinger', 'ema', 'highest', 'lowest', 'macd', 'movingSumsCross'],
        ...['rsi', 'sma', 'standardDeviation', 'wma'],
      ].sort(),
    );
    const [, imported = ''] = /import \{([^}]*)\} from '@portcullis\/strategy'/.exec(text) ?? [];
    for (const name of imported.split(',')) expect(strategyPackage).toHaveProperty(name.trim());
  });
});
