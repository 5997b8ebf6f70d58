import { describe, expect, test } from '@jest/globals';
import { breakout, buyAndHold, meanReversion } from '../src/index.ts';
import { StrategyStage, complaintOf, testInstrument } from '../src/testing/index.ts';

describe('mean-reversion', () => {
  // Mean 100 and deviation 10 over the first four.
  const started = (extra: object = {}): StrategyStage =>
    new StrategyStage(meanReversion, {
      quantity: '0.5',
      length: 4,
      entryDeviations: 1.5,
      exitDeviations: 0,
      stopDeviations: 1.7,
      ...extra,
    });
  const play = (stage: StrategyStage, closes: readonly number[]): void => closes.forEach((close) => stage.barAt(close));
  const quiet = [9_990, 10_010, 9_990, 10_010];

  test('buys what fell far, and sells when it is back at the mean', () => {
    const stage = started({ stopDeviations: 5 });
    play(stage, quiet);
    expect(stage.submitted).toEqual([]);
    stage.barAt(9_900);
    expect(stage.submitted).toEqual([{ side: 'buy', type: 'market', quantity: 500 }]);
    stage.fillAll(9_900);
    stage.barAt(9_900);
    expect(stage.submitted).toHaveLength(1);
    stage.barAt(10_000);
    expect(stage.submitted.at(-1)).toEqual({ side: 'sell', type: 'market', quantity: 500 });
  });

  test('goes in once an excursion, whatever came of the order', () => {
    const stage = started({ stopDeviations: 5 });
    play(stage, [...quiet, 9_900]);
    stage.answer(1, 'DENIED', 'MAX_POSITION');
    stage.barAt(9_000);
    expect(stage.submitted).toHaveLength(1);
    play(stage, [9_000, 9_000, 9_000, 9_000]);
    stage.barAt(8_000);
    expect(stage.submitted).toHaveLength(2);
  });

  test('gives up at its stop, and does not go in beyond it', () => {
    const stage = started();
    // -1.73 deviations: beyond the stop.
    play(stage, [...quiet, 9_000]);
    expect(stage.submitted).toEqual([]);
    const held = started({ stopDeviations: 1.7 });
    play(held, quiet);
    held.positions[0] = 500;
    held.barAt(9_900);
    expect(held.submitted).toMatchObject([{ side: 'sell', quantity: 500 }]);
  });

  test('goes short only where it may', () => {
    const [no, yes] = [started({ stopDeviations: 5 }), started({ stopDeviations: 5, allowShort: true })];
    for (const stage of [no, yes]) play(stage, [...quiet, 10_100]);
    expect(no.submitted).toEqual([]);
    expect(yes.submitted).toEqual([{ side: 'sell', type: 'market', quantity: 500 }]);
  });

  test('refuses deviations that do not fit together', () => {
    const refused = (extra: object) => complaintOf(meanReversion, { quantity: '1', ...extra })?.field;
    expect(refused({ exitDeviations: 2 })).toBe('parameters.exitDeviations');
    expect(refused({ stopDeviations: 2 })).toBe('parameters.stopDeviations');
    expect(refused({})).toBeUndefined();
  });
});

describe('breakout', () => {
  const started = (extra: object = {}): StrategyStage =>
    new StrategyStage(breakout, {
      quantity: '0.5',
      entryLength: 3,
      exitLength: 2,
      atrLength: 2,
      stopAtrs: 3,
      ...extra,
    });
  /** Bars of a range of 10 around each close. */
  const play = (stage: StrategyStage, closes: readonly number[]): void =>
    closes.forEach((close) => stage.barAt(close, { high: close + 5, low: close - 5 }));

  test('follows a close above the channel of the bars before it, not a touch of it', () => {
    const stage = started();
    play(stage, [1000, 1000, 1000, 1005]);
    expect(stage.submitted).toEqual([]);
    play(stage, [1011]);
    expect(stage.submitted).toEqual([{ side: 'buy', type: 'market', quantity: 500 }]);
  });

  test('comes out below the channel of the bars before', () => {
    const stage = started({ stopAtrs: 100 });
    play(stage, [1000, 1000, 1000, 1010]);
    stage.fillAll(1010);
    play(stage, [1012, 1008]);
    expect(stage.submitted).toHaveLength(1);
    play(stage, [1002]);
    expect(stage.submitted.at(-1)).toEqual({ side: 'sell', type: 'market', quantity: 500 });
  });

  test('trails a stop that never retreats, and asks until it is out', () => {
    const stage = started({ exitLength: 100 });
    play(stage, [1000, 1000, 1000, 1010]);
    stage.fillAll(1010);
    play(stage, [1100]);
    stage.reborn();
    // A wide bar is a wide range, which would put the stop further away.
    const before = stage.state.stop as number;
    stage.barAt(1090, { high: 1300, low: 1085 });
    expect(stage.state.stop).toBe(before);
    play(stage, [1100, 1100, 1100]);
    const best = stage.state.stop as number;
    expect(best).toBeGreaterThan(before);
    play(stage, [best]);
    expect(stage.submitted.at(-1)).toMatchObject({ side: 'sell', quantity: 500 });
    stage.answer(2, 'DENIED', 'ORDER_RATE');
    play(stage, [best - 1]);
    expect(stage.submitted).toHaveLength(3);
    stage.fillAll(best);
    play(stage, [best]);
    expect(stage.state.stop).toBeNull();
  });

  test('goes short only where it may', () => {
    const [no, yes] = [started(), started({ allowShort: true })];
    for (const stage of [no, yes]) play(stage, [1000, 1000, 1000, 990]);
    expect(no.submitted).toEqual([]);
    expect(yes.submitted).toEqual([{ side: 'sell', type: 'market', quantity: 500 }]);
  });
});

describe('buy-and-hold', () => {
  const started = (extra: object = {}): StrategyStage =>
    new StrategyStage(buyAndHold, { quantity: '0.5', attemptsMax: 2, retryMs: 2, ...extra });

  test('buys once', () => {
    const stage = started();
    stage.barAt(1000);
    stage.fillAll(1000);
    for (let bar = 0; bar < 10; bar += 1) stage.barAt(1000 + bar);
    expect(stage.submitted).toEqual([{ side: 'buy', type: 'market', quantity: 500 }]);
  });

  test('asks for what is missing after a while, and gives up after so many times', () => {
    const stage = started();
    stage.quoteAt(999, 1001);
    stage.fill(1, 1001, 200);
    stage.answer(1, 'CANCELED');
    stage.quoteAt(999, 1001);
    expect(stage.submitted).toHaveLength(1);
    stage.reborn();
    stage.quoteAt(999, 1001);
    expect(stage.submitted.at(-1)).toMatchObject({ quantity: 300 });
    stage.answer(2, 'DENIED', 'MAX_POSITION');
    for (let quote = 0; quote < 10; quote += 1) stage.quoteAt(999, 1001);
    expect(stage.submitted).toHaveLength(2);
    expect(stage.logs).toEqual(['gave up after 2 orders, 300 lots short']);
  });

  test('holds every instrument of the run', () => {
    const coarse = testInstrument({ symbol: 'ETHUSDT', lotSize: '0.1', quantityMin: '0.1' });
    const stage = new StrategyStage(buyAndHold, { quantity: '0.5' }, [testInstrument(), coarse]);
    stage.barAt(1000, { slot: 1 });
    stage.barAt(1000, { slot: 0 });
    expect(stage.submitted.map(({ quantity }) => quantity)).toEqual([5, 500]);
    stage.fillAll(1000);
    expect(stage.positions).toEqual([500, 5]);
    const off = complaintOf(buyAndHold, { quantity: '0.55' }, [testInstrument(), coarse]);
    expect(off).toMatchObject({ field: 'parameters.quantity', expected: 'a multiple of the lot size 0.1' });
  });
});

describe('bars made of trades', () => {
  test('are asked for by a parameter in seconds', () => {
    const micros = (barSeconds: number): number | undefined => {
      const created = breakout.create({ quantity: '1', barSeconds }, [testInstrument()]);
      return created.ok ? created.value.barMicros : NaN;
    };
    expect(micros(60)).toBe(60_000_000);
    expect(micros(0)).toBeUndefined();
  });
});
