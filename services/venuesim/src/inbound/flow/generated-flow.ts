import { UserError } from '@portcullis/config';
import { parsePrice } from '@portcullis/market';
import type { Faults } from '../../state/faults.ts';
import type { Market } from '../../state/market.ts';
import type { VenueEngine } from '../../state/venue-engine.ts';
import type { GeneratedFlowConfig } from '../../venuesim.config.ts';
import { Crowd } from './crowd.ts';
import type { Flow } from './flow.ts';

const TICK_MS = 20;
/** Rounds made up for at once after the process was held up. */
const ROUNDS_PER_TICK_MAX = 20;
/** Rounds before the venue opens, so that there is a book. */
const OPENING_ROUNDS = 20;

/** The seeded crowd at the pace of the wall clock. */
export class GeneratedFlow implements Flow {
  readonly #crowd: Crowd;
  readonly #engine: VenueEngine;
  readonly #market: Market;
  readonly #faults: Faults;
  readonly #roundsPerSecond: number;
  #timer: NodeJS.Timeout | undefined;
  #last = 0;
  #due = 0;

  constructor(options: {
    readonly config: GeneratedFlowConfig;
    readonly engine: VenueEngine;
    readonly market: Market;
    readonly faults: Faults;
    /** Ticks of the last trade of an earlier process; undefined at the first start. */
    readonly lastPrice: number | undefined;
  }) {
    const { config, engine, market, faults, lastPrice } = options;
    const anchor = parsePrice(market.rules, config.startPrice, 'startPrice');
    if (!anchor.ok || anchor.value <= 0) {
      throw new UserError(
        `startPrice ${config.startPrice} of ${market.symbol} is no price of it`,
        'give a multiple of tickSize',
      );
    }
    this.#engine = engine;
    this.#market = market;
    this.#faults = faults;
    this.#roundsPerSecond = config.roundsPerSecond;
    this.#crowd = new Crowd({
      seed: config.seed,
      rules: market.rules,
      book: market.book,
      startPrice: lastPrice ?? anchor.value,
      anchorPrice: anchor.value,
      roundsPerSecond: config.roundsPerSecond,
      trendBpsPerSecond: config.trendBpsPerSecond,
    });
  }

  async start(): Promise<void> {
    this.#play(OPENING_ROUNDS);
    this.#last = performance.now();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    this.#due += ((now - this.#last) / 1000) * this.#roundsPerSecond;
    this.#last = now;
    const rounds = Math.floor(this.#due);
    this.#due -= rounds;
    if (!this.#faults.frozen) this.#play(Math.min(rounds, ROUNDS_PER_TICK_MAX));
  }

  #play(rounds: number): void {
    for (let round = 0; round < rounds; round++) {
      for (const events of this.#crowd.round()) this.#engine.absorb(this.#market, events);
    }
  }
}
