import { type MarketEvent, type MarketGap, subjects } from '@portcullis/contracts';
import type { PriceTicks, QuantityLots, SeededRandom } from '@portcullis/kernel';
import { formatPrice, formatQuantity } from '@portcullis/market';
import type { Host } from './nodes/process.ts';
import type { SimulatedVenue, VenueFlow } from './venue.ts';

type Part = MarketEvent extends infer E
  ? E extends MarketEvent
    ? Omit<E, 'version' | 'venue' | 'symbol' | 'seq' | 'tsEvent' | 'tsInit'>
    : never
  : never;

/** Mean time between two moments of the market: 4 a second, the conflated form of a busy one. */
const STEP_MICROS_MEAN = 250_000;
const HOLE_MICROS_MEAN = 4_000_000;
const HOUR_MICROS = 3_600_000_000;

/** Moves the simulated market, and publishes what can be seen of it as the collector does: numbered, with its holes told. */
export class Collector {
  readonly #host: Host;
  readonly #venue: SimulatedVenue;
  readonly #flow: VenueFlow;
  readonly #random: SeededRandom;
  readonly #holes: SeededRandom;
  #sequence = 0;
  #quote = '';
  /** Why nothing can be published at the moment. */
  #hole: MarketGap['reason'] | undefined;
  #told = true;
  #open = true;
  #trades: { price: PriceTicks; quantity: QuantityLots; aggressor: 'buy' | 'sell' }[] = [];
  #tradeCount = 0;

  constructor(host: Host, venue: SimulatedVenue, flow: VenueFlow) {
    this.#host = host;
    this.#venue = venue;
    this.#flow = flow;
    this.#random = host.random('market steps');
    this.#holes = host.random('market holes');
    venue.onTrade = (price, quantity, aggressor) => void this.#trades.push({ price, quantity, aggressor });
  }

  start(): void {
    this.#step();
    this.#makeHoles();
  }

  /** The market closes: nothing happens at the venue any more but what we do there. */
  close(): void {
    this.#open = false;
  }

  #step(): void {
    if (!this.#open) return;
    this.#host.scheduler.after(this.#random.exponential(STEP_MICROS_MEAN) + 20_000, () => this.#step());
    this.#flow.step();
    this.#publishAll();
  }

  #publishAll(): void {
    const trades = this.#trades;
    this.#trades = [];
    // Even what nobody gets to see has its number, so that its absence shows.
    if (this.#hole !== undefined || !this.#host.bus.reaches('collector')) {
      this.#sequence += trades.length + 1;
      this.#told = false;
      return;
    }
    if (!this.#told) {
      this.#told = true;
      this.#publish({ kind: 'gap', reason: 'resync', detail: '' });
    }
    const bid = this.#venue.book.bestBid();
    const ask = this.#venue.book.bestAsk();
    const last = trades.at(-1);
    // One trade stands for all of a moment, as a conflating feed has it.
    if (last !== undefined) {
      this.#tradeCount += 1;
      const { rules } = this.#venue;
      this.#publish({
        kind: 'trade',
        tradeId: String(this.#tradeCount),
        price: formatPrice(rules, last.price),
        quantity: formatQuantity(rules, last.quantity),
        aggressor: last.aggressor,
      });
    }
    if (bid === undefined || ask === undefined) return;
    const quote = `${bid.price} ${bid.quantity} ${ask.price} ${ask.quantity}`;
    if (quote === this.#quote) return;
    this.#quote = quote;
    const { rules } = this.#venue;
    this.#publish({
      kind: 'quote',
      bidPrice: formatPrice(rules, bid.price),
      bidQuantity: formatQuantity(rules, bid.quantity),
      askPrice: formatPrice(rules, ask.price),
      askQuantity: formatQuantity(rules, ask.quantity),
    });
  }

  #makeHoles(): void {
    const gap = this.#holes.exponential(HOUR_MICROS / Math.max(1, this.#host.faults.drawn.marketGapsPerHour));
    this.#host.scheduler.after(gap, () => {
      this.#makeHoles();
      if (this.#host.faults.current.marketGapsPerHour === 0 || this.#hole !== undefined) return;
      this.#host.marks.sometimes('market hole');
      const reason = this.#holes.pick(['gap', 'disconnect', 'stale'] as const);
      // Sometimes the hole is told, sometimes it only shows in the numbers and in the age of the last quote.
      if (this.#holes.chance(0.7)) this.#publish({ kind: 'gap', reason, detail: '' });
      [this.#hole, this.#told] = [reason, false];
      this.#host.scheduler.after(this.#holes.exponential(HOLE_MICROS_MEAN), () => (this.#hole = undefined));
    });
  }

  #publish(part: Part): void {
    const { scheduler, bus } = this.#host;
    const { venue, symbol } = this.#venue.rules;
    const at = scheduler.now;
    this.#sequence += 1;
    const event = { version: 1, venue, symbol, seq: this.#sequence, tsEvent: at, tsInit: at, ...part } as MarketEvent;
    const message = {
      stream: 'MARKET',
      subject: subjects.market(event.kind, venue, symbol),
      id: `md ${event.seq}`,
      body: JSON.stringify(event),
    };
    if (!bus.publish('collector', message)) this.#told = false;
  }
}
