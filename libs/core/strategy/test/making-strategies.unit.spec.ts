import { describe, expect, test } from '@jest/globals';
import { avellanedaStoikov, grid } from '../src/index.ts';
import { StrategyStage, complaintOf } from '../src/testing/index.ts';

describe('grid', () => {
  const started = (extra: object = {}): StrategyStage =>
    new StrategyStage(grid, { quantity: '0.1', levels: 2, stepTicks: 10, intervalMs: 1, ...extra });
  const working = (stage: StrategyStage): string[] =>
    stage.workingOrders.map(({ side, price, remaining }) => `${side} ${remaining} at ${price}`);

  test('rests buys below the first price', () => {
    const stage = started();
    stage.quoteAt(999, 1001);
    expect(stage.submitted).toEqual([
      { side: 'buy', type: 'limit', postOnly: true, quantity: 100, price: 990 },
      { side: 'buy', type: 'limit', postOnly: true, quantity: 100, price: 980 },
    ]);
    stage.quoteAt(999, 1001);
    expect(stage.submitted).toHaveLength(2);
  });

  test('a fill arms the sell one step back, whose fill arms the buy again', () => {
    const stage = started();
    stage.quoteAt(999, 1001);
    stage.fill(1, 990);
    stage.quoteAt(988, 990);
    expect(working(stage)).toEqual(['buy 100 at 980', 'sell 100 at 1000']);
    stage.fill(3, 1000);
    stage.quoteAt(999, 1001);
    expect(working(stage)).toEqual(['buy 100 at 980', 'buy 100 at 990']);
  });

  test('a partial fill arms as much as it filled', () => {
    const stage = started();
    stage.barAt(1000);
    stage.fill(1, 990, 30);
    stage.barAt(991);
    expect(working(stage)).toEqual(['buy 70 at 990', 'buy 100 at 980', 'sell 30 at 1000']);
  });

  test('with shorts rests on both sides', () => {
    const stage = started({ allowShort: true, centre: '10.00' });
    stage.barAt(1003);
    expect(working(stage)).toEqual(['buy 100 at 990', 'buy 100 at 980', 'sell 100 at 1010', 'sell 100 at 1020']);
  });

  test('a way in that the market has passed waits; a way out takes what is better', () => {
    const stage = started({ centre: '10.00', recentreSteps: 0 });
    stage.quoteAt(984, 985);
    expect(working(stage)).toEqual(['buy 100 at 980']);
    stage.fillAll(980);
    stage.quoteAt(1020, 1022);
    expect(stage.submitted.at(-1)).toEqual({
      side: 'sell',
      type: 'limit',
      postOnly: false,
      quantity: 100,
      price: 1020,
    });
    // It did not fill, and the market went on: it does not belong there any more.
    stage.quoteAt(990, 992);
    expect(stage.canceled).toContain(stage.submitted.length);
  });

  test('moves while it is flat, by cancels first', () => {
    const stage = started({ recentreSteps: 3 });
    stage.quoteAt(999, 1001);
    stage.quoteAt(1029, 1031);
    expect(stage.canceled).toEqual([]);
    stage.quoteAt(1039, 1041);
    expect(stage.canceled).toEqual([1, 2]);
    // What may still fill counts: nothing new before there is evidence.
    expect(stage.submitted).toHaveLength(2);
    for (const number of [1, 2]) stage.answer(number, 'CANCELED');
    stage.quoteAt(1039, 1041);
    expect(working(stage)).toEqual(['buy 100 at 1030', 'buy 100 at 1020']);
  });

  test('takes its orders away in a gap, and asks again at its own pace after denials', () => {
    const stage = started({ intervalMs: 5 });
    stage.barAt(1000);
    for (const number of [1, 2]) stage.answer(number, 'DENIED', 'ORDER_RATE');
    for (let bar = 0; bar < 4; bar += 1) stage.barAt(1000);
    expect(stage.submitted).toHaveLength(2);
    stage.barAt(1000);
    expect(stage.submitted).toHaveLength(4);
    stage.gap('resync');
    expect(stage.canceled).toEqual([]);
    stage.gap('disconnect');
    expect(stage.canceled).toEqual([3, 4]);
  });

  test('refuses steps that lead below the smallest price', () => {
    const refused = complaintOf(grid, { quantity: '1', levels: 20, stepTicks: 100, centre: '10.00' });
    expect(refused).toMatchObject({ field: 'parameters.stepTicks', value: '100' });
    expect(complaintOf(grid, { quantity: '1', stepTicks: 1, centre: '10.001' })?.field).toBe('parameters.centre');
  });
});

describe('avellaneda-stoikov', () => {
  const parameters = {
    quantity: '0.1',
    inventoryMax: '0.2',
    riskAversion: 0.1,
    depthDecay: 0.5,
    horizonSeconds: 10,
    sampleMs: 1,
    volatilitySamples: 2,
    intervalMs: 1,
    requoteBps: 0,
  };
  const started = (extra: object = {}): StrategyStage =>
    new StrategyStage(avellanedaStoikov, { ...parameters, ...extra });
  /** A mid of 1,000,000 ticks, so that a basis point is 100 of them. */
  const MID = 1_000_000;
  const still = (stage: StrategyStage, quotes: number): void => {
    for (let quote = 0; quote < quotes; quote += 1) stage.quoteAt(MID - 1, MID + 1);
  };
  const prices = (stage: StrategyStage): (number | undefined)[] => stage.submitted.map(({ price }) => price);

  test('waits until it has measured the variance', () => {
    const stage = started();
    still(stage, 2);
    expect(stage.submitted).toEqual([]);
    still(stage, 1);
    expect(stage.submitted).toHaveLength(2);
    expect(stage.submitted.every(({ postOnly }) => postOnly === true)).toBe(true);
  });

  test('in a market that stands still quotes (1/γ) ln(1 + γ/κ) around the mid price, whatever it holds', () => {
    const half = 10 * Math.log(1 + 0.1 / 0.5) * 100;
    const flat = started();
    still(flat, 3);
    expect(prices(flat)).toEqual([Math.floor(MID - half), Math.ceil(MID + half)]);
    const long = started();
    long.positions[0] = 100;
    still(long, 3);
    expect(prices(long)).toEqual(prices(flat));
  });

  test('widens with the variance and leans against the inventory by the formula of the paper', () => {
    // The mid price moves by one basis point a millisecond: σ² = 1000 a second, so γ σ² T = 1000 × γ × T.
    const moved = (position: number): (number | undefined)[] => {
      const stage = started({ riskAversion: 0.001, horizonSeconds: 2 });
      stage.positions[0] = position;
      stage.quoteAt(MID - 101, MID - 99);
      stage.quoteAt(MID - 1, MID + 1);
      stage.quoteAt(MID - 101, MID - 99);
      return prices(stage).slice(-2);
    };
    const mid = MID - 100;
    const bp = mid / 10_000;
    const perSecond = 1000;
    const up = (100 / (MID - 100)) * 10_000;
    const down = (100 / MID) * 10_000;
    // Exponential average of two samples with a factor of two thirds.
    const variance = (down * down * (2 / 3) + up * up * (1 / 3)) * perSecond;
    const risk = 0.001 * variance * 2;
    const half = (risk / 2 + (1 / 0.001) * Math.log(1 + 0.001 / 0.5)) * bp;
    const [bid, ask] = moved(0);
    expect(bid).toBe(Math.floor(mid - half));
    expect(ask).toBe(Math.ceil(mid + half));
    const [leanBid, leanAsk] = moved(100);
    expect(leanBid).toBe(Math.floor(mid - risk * bp - half));
    expect(leanAsk).toBe(Math.max(Math.ceil(mid - risk * bp + half), mid));
  });

  test('without rolling the inventory matters less towards the end of each horizon', () => {
    const lean = (elapsedMs: number): number => {
      const stage = started({ rolling: false, horizonSeconds: 1, riskAversion: 0.001 });
      stage.positions[0] = 100;
      stage.quoteAt(MID - 101, MID - 99);
      stage.quoteAt(MID - 1, MID + 1);
      stage.now += elapsedMs * 1000;
      stage.quoteAt(MID - 101, MID - 99);
      return MID - (stage.submitted[0]?.price ?? 0);
    };
    // The longer pause also measures less variance; after a whole horizon the same pause is at the beginning again.
    expect(lean(900)).toBeLessThan(lean(100));
  });

  test('stops at the most that it may hold, and takes its quotes away in a gap', () => {
    const stage = started();
    stage.positions[0] = 200;
    still(stage, 3);
    expect(stage.submitted).toMatchObject([{ side: 'sell', quantity: 100 }]);
    stage.gap('gap');
    expect(stage.canceled).toEqual([1]);
    expect(stage.state.sample).toBeNull();
  });

  test('quotes nowhere, and does not fail, where the variance is beyond all measure', () => {
    const stage = started({ riskAversion: 100 });
    still(stage, 3);
    expect(stage.submitted).toHaveLength(2);
    stage.quoteAt(90_000_000, 90_000_002);
    expect(stage.canceled).toEqual([1, 2]);
    for (const number of [1, 2]) stage.answer(number, 'CANCELED');
    stage.quoteAt(1, 3);
    expect(stage.submitted).toHaveLength(2);
  });

  test('refuses an inventory below one quote', () => {
    expect(complaintOf(avellanedaStoikov, { quantity: '1', inventoryMax: '0.5' })?.field).toBe(
      'parameters.inventoryMax',
    );
  });
});
