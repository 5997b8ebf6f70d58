import { type Recorded, frameOf } from './recorded-frames.ts';

const STEPS = 20_000;
const LEVELS = 500;
const CHANGES = 30;
const START_MILLIS = 1_723_161_254_000;
const STEP_MILLIS = 20;
const MID_TICKS = 6_000_000;

type Side = Map<number, number>;

/** The same numbers in each run (Mulberry32), so that runs can be compared. */
function randomly(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/**
 * Frames in the layout of Binance's combined streams, of a made-up market: per step a delta, the quote after it and two
 * trades. Stands in for recorded frames where there are none; its mix is not a real market's.
 */
export function generatedFrames(market: 'spot' | 'usdm' | 'coinm', symbol: string): Recorded[] {
  const below = randomly(7);
  const stream = symbol.toLowerCase();
  const futures = market !== 'spot';
  const places = market === 'spot' ? 8 : 2;
  const price = (ticks: number): string => (ticks / 100).toFixed(places);
  const quantity = (lots: number): string =>
    market === 'coinm' ? String(lots) : (lots / 1000).toFixed(Math.max(3, places));
  const sides: { bids: Side; asks: Side } = { bids: new Map(), asks: new Map() };
  for (let n = 1; n <= LEVELS; n++) {
    sides.bids.set(MID_TICKS - n, 1 + below(5000));
    sides.asks.set(MID_TICKS + n, 1 + below(5000));
  }
  const levels = (side: Iterable<readonly [number, number]>): string =>
    `[${[...side].map(([p, q]) => `["${price(p)}","${quantity(q)}"]`).join(',')}]`;
  const frames: Recorded[] = [];
  const add = (step: number, text: string): void => {
    frames.push(frameOf((START_MILLIS + step * STEP_MILLIS) * 1000, Buffer.from(text)));
  };
  add(0, `{"lastUpdateId":100,"bids":${levels(sides.bids)},"asks":${levels(sides.asks)}}`);
  const pair = market === 'coinm' ? ',"ps":"PAIR"' : '';
  for (let step = 1, last = 100; step <= STEPS; step++) {
    const time = START_MILLIS + step * STEP_MILLIS;
    const changed = { bids: new Map<number, number>(), asks: new Map<number, number>() };
    for (let n = 0; n < CHANGES; n++) {
      const away = 1 + Math.floor((below(LEVELS) * below(LEVELS)) / LEVELS);
      const lots = below(3) === 0 && away > 1 ? 0 : 1 + below(5000);
      if (below(2) === 0) changed.bids.set(MID_TICKS - away, lots);
      else changed.asks.set(MID_TICKS + away, lots);
    }
    for (const name of ['bids', 'asks'] as const) {
      for (const [p, q] of changed[name]) {
        if (q === 0) sides[name].delete(p);
        else sides[name].set(p, q);
      }
    }
    const previous = last;
    last += 5;
    const [transaction, pu] = futures ? [`,"T":${time}`, `,"pu":${previous}`] : ['', ''];
    const [bids, asks] = [levels(changed.bids), levels(changed.asks)];
    add(
      step,
      `{"stream":"${stream}@depth@100ms","data":{"e":"depthUpdate","E":${time}${transaction},"s":"${symbol}"${pair},"U":${previous + 1},"u":${last}${pu},"b":${bids},"a":${asks}}}`,
    );
    const [bid, ask] = [MID_TICKS - 1, MID_TICKS + 1];
    const head = { spot: `"u":${last}`, usdm: `"e":"bookTicker","u":${last}`, coinm: `"u":${last},"e":"bookTicker"` };
    const times = futures ? `,"T":${time},"E":${time}` : '';
    add(
      step,
      `{"stream":"${stream}@bookTicker","data":{${head[market]},"s":"${symbol}"${pair},"b":"${price(bid)}","B":"${quantity(sides.bids.get(bid) ?? 0)}","a":"${price(ask)}","A":"${quantity(sides.asks.get(ask) ?? 0)}"${times}}}`,
    );
    for (const id of [2 * step, 2 * step + 1]) {
      const [p, q] = [price(id % 2 === 0 ? bid : ask), quantity(1 + below(2000))];
      const data = futures
        ? `"e":"trade","E":${time},"T":${time},"s":"${symbol}","t":${id},"p":"${p}","q":"${q}","X":"MARKET","m":${id % 2 === 0}`
        : `"e":"trade","E":${time},"s":"${symbol}","t":${id},"p":"${p}","q":"${q}","T":${time},"m":${id % 2 === 0},"M":true`;
      add(step, `{"stream":"${stream}@trade","data":{${data}}}`);
    }
  }
  return frames;
}
