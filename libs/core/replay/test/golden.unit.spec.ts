import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FILL_MODELS, type FillModel } from '@portcullis/fills';
import { contentHash } from '@portcullis/kernel';
import type { BookInput, MarketInput, QuoteInput, TradeInput } from '@portcullis/market';
import { strategies } from '@portcullis/strategy';
import type { ReplayConfig } from '../src/index.ts';
import { bars, configOf, merged, prepared, quotes, replayed, trades } from './language.ts';

const file = join(import.meta.dirname, 'golden', 'order-lists.json');
/** Set to write the golden file anew: `PORTCULLIS_GOLDEN=write npm test`. What changed is then to be explained in the commit. */
const isWriting = process.env['PORTCULLIS_GOLDEN'] === 'write';

interface Golden {
  readonly fills: number;
  readonly orders: string;
  readonly decisionHash: string;
  readonly pnl: string;
}

const written: Record<string, Golden> = {};
const kept = isWriting || !existsSync(file) ? {} : (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Golden>);

/** A generated day: bars of a minute; or quotes, trades and a book of the same prices, some 100 ms apart. */
const day = bars(20_240_102, 1440);
const ticks = merged(
  quotes(20_240_102, 20_000),
  trades(20_240_102, 20_000).map((trade): TradeInput => ({ ...trade, tsEvent: trade.tsEvent + 1 })),
).map((event, i) => ({ ...event, seq: 2 * i + 1 }));
const books = ticks.flatMap((event): MarketInput[] => (event.kind === 'quote' ? [event, bookOf(event)] : [event]));

/** The quote as the top of a book of two levels a side. */
function bookOf({ slot, seq, tsEvent, tsInit, bidPrice, bidQuantity, askPrice, askQuantity }: QuoteInput): BookInput {
  const bids = [bidPrice, bidQuantity, bidPrice - 5, 1_000_000];
  const asks = [askPrice, askQuantity, askPrice + 5, 1_000_000];
  return { kind: 'book', slot, seq: seq + 1, tsEvent, tsInit, snapshot: true, bids, asks };
}

const OF_BARS: ReadonlySet<FillModel> = new Set<FillModel>(['next-open', 'worst-of', 'limit-touch']);

function check(name: string, config: ReplayConfig, events: readonly MarketInput[]): void {
  const { summary, records } = replayed(prepared(config), events);
  expect(summary).toMatchObject({ state: 'completed', errors: 0, malformed: 0 });
  expect(summary.fills).toBeGreaterThan(0);
  const { decisionHash, pnl, fills } = summary;
  const now: Golden = { fills, orders: contentHash([records.fills, records.denials]), decisionHash, pnl };
  written[name] = now;
  if (isWriting) {
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, `${JSON.stringify(written, undefined, 2)}\n`);
  } else expect(now).toEqual(kept[name]);
}

/** Terms of each included strategy, and what it is shown. */
const TERMS: Readonly<Record<string, { readonly model: FillModel; readonly parameters: ReplayConfig['parameters'] }>> =
  {
    'avellaneda-stoikov': { model: 'quotes', parameters: { quantity: '0.01', inventoryMax: '0.05' } },
    breakout: { model: 'next-open', parameters: { quantity: '1' } },
    'buy-and-hold': { model: 'next-open', parameters: { quantity: '1' } },
    grid: { model: 'limit-touch', parameters: { quantity: '0.1', stepTicks: 1000 } },
    'mean-reversion': { model: 'next-open', parameters: { quantity: '1' } },
    quoting: { model: 'quotes', parameters: { quantity: '0.01', inventoryMax: '0.05' } },
    'sma-cross': { model: 'next-open', parameters: { fast: 20, slow: 50, quantity: '1' } },
  };

describe('orders of a generated day are what they were', () => {
  test.each(strategies.map(({ name }) => name))('strategy %s', (name) => {
    const terms = TERMS[name];
    if (terms === undefined) throw new Error(`${name} has no terms here: give it some`);
    const { model, parameters } = terms;
    const fees = [{ volumeFrom: '0', maker: '0.0002', taker: '0.0005' }];
    const base = configOf({ strategy: name, parameters });
    const instruments = base.instruments.map((one) => ({ ...one, fees }));
    check(
      `strategy ${name}`,
      { ...base, instruments, execution: { ...base.execution, model } },
      OF_BARS.has(model) ? day : ticks,
    );
  });

  test.each(FILL_MODELS)('fill model %s', (model) => {
    const base = configOf();
    const isOfBars = OF_BARS.has(model);
    const latency = isOfBars
      ? base.execution.latency
      : { feedMicros: 40_000, orderMicros: 15_000, cancelMicros: 15_000, answerMicros: 5000, jitterMicros: 10_000 };
    const execution = {
      ...base.execution,
      model,
      latency,
      slippage: { kind: 'basis-points', basisPoints: 1 } as const,
    };
    const parameters = isOfBars
      ? base.parameters
      : { fast: 10, slow: 30, quantity: '0.01', on: 'quotes', sampleMs: 500 };
    check(`fill model ${model}`, { ...base, parameters, execution }, isOfBars ? day : model === 'book' ? books : ticks);
  });
});
