import { required } from '@portcullis/kernel';
import type { BookChanges } from '@portcullis/matching';
import { amountText, priceText, quantityText, quoteMoney } from '../state/amounts.ts';
import { type Bar, INTERVALS, type Print } from '../state/bars.ts';
import type { VenueCounters } from '../state/counters.ts';
import type { Market, MarketListener } from '../state/market.ts';
import type { AggregatePrint } from '../state/market-statistics.ts';
import { DepthStream } from './depth-stream.ts';
import { aggregateRow, dayAnswer, depthAnswer } from './market-answers.ts';
import type { StreamHub } from './stream-hub.ts';

const TICK_MS = 100;
const TICKS_PER_SLOW_FRAME = 10;
const TICKS_PER_BAR_FRAME = 2;
const PARTIAL_DEPTHS = [5, 10, 20] as const;
/** How long a flow that times its own depth frames may be silent before the timer takes over. */
const FLOW_SILENCE_MS = 1000;

interface MarketStreams {
  readonly market: Market;
  readonly prefix: string;
  readonly fast: DepthStream;
  readonly slow: DepthStream;
  touch: string;
  flowFlushedAt: number;
  /** Open time of the last bar told, by interval. */
  readonly barsTold: Map<string, number>;
}

/** Shows the markets to the public: every frame of every market stream is made here. */
export class MarketPublisher implements MarketListener {
  readonly #hub: StreamHub;
  readonly #counters: VenueCounters;
  readonly #nowMillis: () => number;
  readonly #markets = new Map<string, MarketStreams>();
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;

  constructor(hub: StreamHub, counters: VenueCounters, nowMillis: () => number) {
    this.#hub = hub;
    this.#counters = counters;
    this.#nowMillis = nowMillis;
  }

  add(market: Market): void {
    const prefix = market.symbol.toLowerCase();
    this.#markets.set(market.symbol, {
      market,
      prefix,
      fast: new DepthStream(market, this.#hub, [`${prefix}@depth@100ms`]),
      slow: new DepthStream(market, this.#hub, [`${prefix}@depth`, `${prefix}@depth@1000ms`]),
      touch: '',
      flowFlushedAt: 0,
      barsTold: new Map(),
    });
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  print(market: Market, print: Print): void {
    this.#counters.prints++;
    const { prefix } = this.#of(market);
    this.#hub.send(`${prefix}@trade`, () => ({
      e: 'trade',
      E: this.#nowMillis(),
      s: market.symbol,
      t: print.id,
      p: priceText(market.rules, print.price),
      q: quantityText(market.rules, print.quantity),
      T: print.at,
      m: print.takerSide === 'SELL',
      M: true,
    }));
  }

  aggregate(market: Market, print: AggregatePrint): void {
    const head = { e: 'aggTrade', E: this.#nowMillis(), s: market.symbol };
    this.#hub.send(`${this.#of(market).prefix}@aggTrade`, () => ({ ...head, ...aggregateRow(market, print) }));
  }

  changed(market: Market, changes: BookChanges): void {
    const streams = this.#of(market);
    streams.fast.note(changes);
    streams.slow.note(changes);
    const [bid, ask] = [market.book.bestBid(), market.book.bestAsk()];
    if (bid === undefined || ask === undefined) return;
    const touch = `${bid.price} ${bid.quantity} ${ask.price} ${ask.quantity}`;
    if (touch === streams.touch) return;
    streams.touch = touch;
    this.#hub.send(`${streams.prefix}@bookTicker`, () => ({
      u: market.sequence,
      s: market.symbol,
      b: priceText(market.rules, bid.price),
      B: quantityText(market.rules, bid.quantity),
      a: priceText(market.rules, ask.price),
      A: quantityText(market.rules, ask.quantity),
    }));
  }

  /** Sends the depth now, because the flow has reached the end of one of its own depth frames. */
  flushDepth(market: Market): void {
    const streams = this.#of(market);
    streams.flowFlushedAt = this.#nowMillis();
    this.#flushFast(streams, streams.flowFlushedAt);
  }

  #tick(): void {
    this.#ticks++;
    const at = this.#nowMillis();
    for (const streams of this.#markets.values()) {
      if (at - streams.flowFlushedAt >= FLOW_SILENCE_MS) this.#flushFast(streams, at);
      if (this.#ticks % TICKS_PER_BAR_FRAME === 0) this.#tellBars(streams, at);
      if (this.#ticks % TICKS_PER_SLOW_FRAME !== 0) continue;
      streams.slow.flush(at);
      this.#partialDepths(streams, '');
      this.#hub.send(`${streams.prefix}@ticker`, () => dayFrame(streams.market, at));
      this.#hub.send(`${streams.prefix}@miniTicker`, () => miniDayFrame(streams.market, at));
    }
  }

  #flushFast(streams: MarketStreams, at: number): void {
    streams.fast.flush(at);
    this.#partialDepths(streams, '@100ms');
  }

  #partialDepths(streams: MarketStreams, speed: string): void {
    for (const levels of PARTIAL_DEPTHS) {
      this.#hub.send(`${streams.prefix}@depth${levels}${speed}`, () => depthAnswer(streams.market, levels));
    }
  }

  /** Tells the open bar of each interval that somebody listens to, after the closing frames of bars that ended. */
  #tellBars(streams: MarketStreams, at: number): void {
    for (const interval of this.#hub.intervals(streams.market.symbol)) {
      const bars = streams.market.statistics.bars(interval, at) ?? [];
      const told = streams.barsTold.get(interval) ?? Number.POSITIVE_INFINITY;
      for (const bar of bars.slice(-5)) {
        const open = bar === bars.at(-1);
        if (!open && bar.openAt < told) continue;
        this.#hub.send(`${streams.prefix}@kline_${interval}`, () =>
          barFrame(streams.market, { bar, interval, at, open }),
        );
      }
      const newest = bars.at(-1);
      if (newest !== undefined) streams.barsTold.set(interval, newest.openAt);
    }
  }

  #of(market: Market): MarketStreams {
    return required(this.#markets.get(market.symbol), 'streams of a market');
  }
}

function barFrame(market: Market, told: { bar: Bar; interval: string; at: number; open: boolean }): unknown {
  const { bar, interval, at } = told;
  const { rules, symbol } = market;
  return {
    e: 'kline',
    E: at,
    s: symbol,
    k: {
      t: bar.openAt,
      T: bar.openAt + (INTERVALS[interval] ?? 0) - 1,
      s: symbol,
      i: interval,
      f: bar.firstId,
      L: bar.lastId,
      o: priceText(rules, bar.open),
      c: priceText(rules, bar.close),
      h: priceText(rules, bar.high),
      l: priceText(rules, bar.low),
      v: quantityText(rules, bar.volume),
      n: bar.count,
      x: !told.open,
      q: amountText(quoteMoney(rules, bar.turnover)),
      V: quantityText(rules, bar.takerBuyVolume),
      Q: amountText(quoteMoney(rules, bar.takerBuyTurnover)),
      B: '0',
    },
  };
}

function dayFrame(market: Market, at: number): unknown {
  const day = dayAnswer(market, at);
  return {
    e: '24hrTicker',
    E: at,
    s: market.symbol,
    p: day.priceChange,
    P: day.priceChangePercent,
    w: day.weightedAvgPrice,
    x: day.prevClosePrice,
    c: day.lastPrice,
    Q: day.lastQty,
    b: day.bidPrice,
    B: day.bidQty,
    a: day.askPrice,
    A: day.askQty,
    o: day.openPrice,
    h: day.highPrice,
    l: day.lowPrice,
    v: day.volume,
    q: day.quoteVolume,
    O: day.openTime,
    C: day.closeTime,
    F: day.firstId,
    L: day.lastId,
    n: day.count,
  };
}

function miniDayFrame(market: Market, at: number): unknown {
  const day = dayAnswer(market, at);
  return {
    e: '24hrMiniTicker',
    E: at,
    s: market.symbol,
    c: day.lastPrice,
    o: day.openPrice,
    h: day.highPrice,
    l: day.lowPrice,
    v: day.volume,
    q: day.quoteVolume,
  };
}
