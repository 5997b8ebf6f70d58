import { type BusConnection, MarketPublisher } from '@portcullis/bus';
import { type MarketKind, MARKET_KINDS, subjects } from '@portcullis/contracts';
import type { NumberedEvent } from '@portcullis/market';
import type { Outbox } from '../state/outbox.ts';

/** Messages on their way to the server before the rest waits here, where quotes can still be conflated. */
const OUTSTANDING_MAX = 1024;
const PUMP_MS = 10;
const DRAIN_MS_MAX = 2000;

/** What has to follow a loss so that readers know the market again. */
export type Restate = (venue: string, symbol: string, why: string) => void;

/** The only writer of `md.*`: publishes numbered events without waiting for each acknowledgement. */
export class MarketFeed {
  readonly #bus: BusConnection;
  readonly #publisher: MarketPublisher;
  readonly #outbox: Outbox;
  readonly #published = new Map<MarketKind, number>(MARKET_KINDS.map((kind) => [kind, 0]));
  readonly #pumping: NodeJS.Timeout;
  readonly #instruments = new Map<string, { readonly venue: string; readonly symbol: string }>();
  #restate: Restate = () => undefined;
  #uncertainTold = 0;
  #notSent = 0;

  constructor(bus: BusConnection, outbox: Outbox) {
    this.#bus = bus;
    this.#outbox = outbox;
    this.#publisher = new MarketPublisher(bus, { outstandingMax: OUTSTANDING_MAX * 2 });
    this.#pumping = setInterval(() => this.pump(), PUMP_MS);
  }

  /** Who says gap, snapshot and resync after a loss on the way to the bus. */
  onLoss(restate: Restate): void {
    this.#restate = restate;
  }

  get counters(): Readonly<
    Record<'outstanding' | 'waiting' | 'conflated' | 'dropped' | 'unsayable' | 'lost' | 'refused', number>
  > {
    const { outstanding, lost, refused } = this.#publisher.counters;
    const { conflated, dropped, unsayable } = this.#outbox.counters;
    const { waiting } = this.#outbox;
    return { outstanding, waiting, conflated, dropped: dropped + this.#notSent, unsayable, lost, refused };
  }

  published(kind: MarketKind): number {
    return this.#published.get(kind) ?? 0;
  }

  /** False: there was no room for it, which readers will hear as a gap. */
  take(venue: string, event: NumberedEvent): boolean {
    const { symbol } = event;
    const key = `${venue} ${symbol}`;
    if (!this.#instruments.has(key)) this.#instruments.set(key, { venue, symbol });
    const taken = this.#outbox.add(venue, event);
    this.pump();
    return taken;
  }

  /** A number of an instrument that only the archive has. */
  leaveOut(venue: string, symbol: string): void {
    this.#outbox.leaveOut(venue, symbol);
  }

  /** Sends what there is room for. */
  pump(): void {
    if (!this.#bus.link.up) return;
    for (const { venue, symbol, count } of this.#outbox.takeLosses()) {
      this.#restate(venue, symbol, `${count} messages found no room`);
    }
    this.#tellUncertain();
    let outstanding = this.#publisher.counters.outstanding;
    while (outstanding < OUTSTANDING_MAX) {
      const event = this.#outbox.take();
      if (event === undefined) return;
      if (this.#publisher.publish(subjects.market(event.kind, event.venue, event.symbol), event)) {
        this.#published.set(event.kind, this.published(event.kind) + 1);
        outstanding += 1;
      } else {
        // Its number is used up, so readers see the hole.
        this.#notSent += 1;
        return;
      }
    }
  }

  /** Waits, for two seconds at most, until everything is sent and acknowledged. */
  async drain(): Promise<void> {
    const deadline = Date.now() + DRAIN_MS_MAX;
    while (this.#outbox.waiting > 0 && Date.now() < deadline) {
      this.pump();
      await new Promise((resolve) => setTimeout(resolve, PUMP_MS));
    }
    clearInterval(this.#pumping);
    const patience = new Promise<void>((resolve) => setTimeout(resolve, Math.max(0, deadline - Date.now())).unref());
    await Promise.race([this.#publisher.close(), patience]);
  }

  /** Stored or not, nobody knows: readers may have missed something of any instrument. */
  #tellUncertain(): void {
    const { lost, refused } = this.#publisher.counters;
    const uncertain = lost + refused;
    if (uncertain === this.#uncertainTold) return;
    const count = uncertain - this.#uncertainTold;
    this.#uncertainTold = uncertain;
    for (const { venue, symbol } of this.#instruments.values()) {
      this.#restate(venue, symbol, `${count} messages may not be stored`);
    }
  }
}
