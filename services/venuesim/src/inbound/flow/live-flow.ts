import type { MarketEvent } from '@portcullis/contracts';
import { concernsQuotes } from '@portcullis/market';
import type { Faults } from '../../state/faults.ts';
import type { VenueCounters } from '../../state/counters.ts';
import type { VenueLog } from '../http-server.ts';
import type { FlowFeed } from './flow-feed.ts';
import type { Flow } from './flow.ts';
import type { MarketSource } from './market-source.ts';

/** Follows a real market (`md.*`): its book and its trades become the flow, so that paper orders meet real data. */
export class LiveFlow implements Flow {
  readonly #source: MarketSource;
  readonly #feed: FlowFeed;
  readonly #faults: Faults;
  readonly #counters: VenueCounters;
  readonly #log: VenueLog;

  constructor(options: {
    readonly source: MarketSource;
    readonly feed: FlowFeed;
    readonly faults: Faults;
    readonly counters: VenueCounters;
    readonly log: VenueLog;
  }) {
    this.#source = options.source;
    this.#feed = options.feed;
    this.#faults = options.faults;
    this.#counters = options.counters;
    this.#log = options.log;
  }

  /** Orders are taken from the first quote on. */
  async start(): Promise<void> {
    this.#feed.market.open = false;
    await this.#source.start((event) => {
      if (!this.#faults.frozen) this.#receive(event);
    });
  }

  async stop(): Promise<void> {
    await this.#source.stop();
  }

  #receive(event: MarketEvent): void {
    this.#counters.flowFrames++;
    switch (event.kind) {
      case 'quote':
        this.#feed.quote([event.bidPrice, event.bidQuantity], [event.askPrice, event.askQuantity]);
        this.#open();
        return;
      case 'trade':
        this.#feed.trade(event.price, event.quantity, event.aggressor === 'buy' ? 'BUY' : 'SELL');
        return;
      case 'delta':
        this.#feed.levels(event.bids, event.asks);
        return;
      case 'snapshot':
        this.#feed.snapshot(event.bids, event.asks);
        this.#open();
        return;
      case 'gap':
        if (!concernsQuotes(event)) return;
        // Between a gap and its resync nothing is known: no order may trade on a stale book.
        if (event.reason === 'resync') this.#open();
        else this.#close(event.detail);
        return;
      // They say nothing about the book or its trades.
      case 'bar':
      case 'mark':
      case 'funding':
        return;
    }
  }

  #open(): void {
    this.#feed.market.open = true;
  }

  #close(detail: string): void {
    const { market } = this.#feed;
    if (market.open) {
      this.#log.warn('the market is closed until its data are whole again', { symbol: market.symbol, detail });
    }
    market.open = false;
  }
}
