import { describe, expect, test } from '@jest/globals';
import { defineStrategy, highest, quantity, quoting, smaCross, strategies, z } from '../src/index.ts';
import { complaintOf, testInstrument } from '../src/testing/index.ts';

describe('catalogue', () => {
  test('every strategy is found by one name, a token of a subject, and says what it does', () => {
    const names = strategies.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
    for (const { description } of strategies) expect(description).toMatch(/^[A-Z].*\.$/);
  });

  test('every strategy refuses a parameter that it has not, by name', () => {
    for (const strategy of strategies) {
      const refusal = complaintOf(strategy, { quantity: '1', nonsense: 1 });
      expect(refusal).toMatchObject({ field: 'parameters.nonsense', value: '1' });
      expect(refusal?.expected).toMatch(/^one of those that there are: .*quantity/);
    }
  });

  test('every strategy for one instrument says so', () => {
    const two = [testInstrument(), testInstrument({ symbol: 'ETHUSDT' })];
    expect(complaintOf(smaCross, { quantity: '1' }, two)).toMatchObject({ field: 'instruments' });
    expect(complaintOf(smaCross, { quantity: '1' }, [])).toMatchObject({
      field: 'instruments',
      expected: 'at least one',
    });
  });

  test('wrong parameters are named with their value and what is expected', () => {
    expect(complaintOf(smaCross, { quantity: '1', fast: 20, slow: 20 })).toMatchObject({
      field: 'parameters.fast',
      value: '20',
    });
    expect(complaintOf(smaCross, { quantity: '0.0001' })).toMatchObject({
      field: 'parameters.quantity',
      value: '0.0001',
    });
    expect(complaintOf(smaCross, { quantity: '1', fats: 3 })).toMatchObject({ field: 'parameters.fats', value: '3' });
    expect(complaintOf(smaCross, { quantity: '1', fast: 'x' })).toEqual({
      field: 'parameters.fast',
      value: 'x',
      expected: 'a number',
    });
    expect(complaintOf(smaCross, { quantity: '1', fast: 0 })?.expected).toBe('a number >= 1');
    expect(complaintOf(smaCross, { quantity: '1', fast: 2.5 })?.expected).toBe('a whole number');
    expect(complaintOf(smaCross, { quantity: '1', allowShort: 'maybe' })?.expected).toBe('true or false');
    expect(complaintOf(smaCross, { quantity: 1 })).toEqual({
      field: 'parameters.quantity',
      value: '1',
      expected: 'a quantity as a decimal string, such as "0.5"',
    });
    expect(complaintOf(smaCross, { quantity: '1e3' })?.expected).toContain('decimal string');
    expect(complaintOf(smaCross, { quantity: '0' })?.expected).toContain('smallest');
    expect(complaintOf(smaCross, { quantity: '9001' })?.expected).toContain('largest');
    expect(complaintOf(smaCross, {})).toMatchObject({ field: 'parameters.quantity', value: '(absent)' });
    expect(complaintOf(smaCross, null)).toMatchObject({ field: 'parameters' });
    expect(complaintOf(quoting, { quantity: '2', inventoryMax: '1' })).toMatchObject({
      field: 'parameters.inventoryMax',
    });
  });
});

describe('a strategy of a user', () => {
  const parameters = z.strictObject({ length: z.int().default(3), quantity: quantity().default('1') });

  test('whose state is not plain JSON is refused with the place that is not', () => {
    const keeps = (state: unknown) =>
      complaintOf(defineStrategy({ name: 'x', parameters, state: () => state as object }), {})?.value;
    expect(keeps({ a: [1, { seen: new Map() }] })).toBe('state.a[1].seen is a Map');
    expect(keeps({ at: new Date(0) })).toBe('state.at is a Date');
    expect(keeps({ big: 1n })).toBe('state.big is a bigint');
    expect(keeps({ last: NaN })).toBe('state.last is NaN');
    expect(keeps({ call: () => 1 })).toBe('state.call is a function');
    expect(keeps([undefined])).toBe('state[0] is undefined');
    const ring: Record<string, unknown> = {};
    ring['self'] = ring;
    expect(keeps(ring)).toContain('nested more than');
    expect(keeps({ none: undefined, nothing: null, text: 'x', yes: true, list: [[0.5]] })).toBeUndefined();
  });

  test('with a member that no definition has, or a handler that is not done when it returns, is refused', () => {
    const made = (members: object) => () => defineStrategy({ name: 'x', parameters, ...members });
    expect(made({ onBarr: () => undefined })).toThrow('strategy x has "onBarr": expected one of name, description');
    expect(made({ onBar: async () => Promise.resolve() })).toThrow('strategy x has an async onBar');
    expect(made({ *onBar() {} })).toThrow('expected a function that is done when it returns');
    expect(made({ onBar: 1 })).toThrow('strategy x has onBar that is no function');
    expect(made({ onBar: undefined, onQuote: () => undefined })).not.toThrow();
  });

  test('whose set-up throws is refused with what it says', () => {
    const strategy = defineStrategy({
      name: 'x',
      parameters,
      indicators: (setup) => ({ top: highest(setup.parameters.length) }),
    });
    expect(complaintOf(strategy, { length: 0 })).toMatchObject({
      field: 'parameters',
      value: '{"length":0,"quantity":"1"}',
      expected: 'a length of 0: expected a whole number from 1 to 10000',
    });
  });

  test('whose state stops being plain JSON cannot be kept in a snapshot', () => {
    const strategy = defineStrategy({ name: 'x', parameters, state: () => ({ last: 1 }) });
    const created = strategy.create({}, [testInstrument()]);
    if (!created.ok) throw new Error('refused');
    (created.value.state as { last: unknown }).last = new Set();
    expect(() => created.value.snapshot()).toThrow('the state is not plain JSON: state.last is a Set');
  });
});
