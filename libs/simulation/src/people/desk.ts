import { type ControlState, type OrderIntent, subjects } from '@portcullis/contracts';
import { type SeededRandom, contentHash, derivedId, priceTicks, quantityLots } from '@portcullis/kernel';
import { formatPrice, formatQuantity } from '@portcullis/market';
import type { Host } from '../nodes/process.ts';
import { ACCOUNT, DESK_RUN, RULES } from '../scenario.ts';
import type { SimulatedVenue } from '../venue.ts';

const ROUND_MICROS = 4_000_000;
const EXPIRY_MICROS = 5_000_000;
const SLIPPAGE_TICKS = 500;
const NODE = 'desk';

/** A person who takes risk off while a latch holds: reduce-only intents through the gate, some of them too large. */
export class Desk {
  readonly #host: Host;
  readonly #venue: SimulatedVenue;
  readonly #random: SeededRandom;
  readonly #position: () => bigint;
  #count = 0;

  /** `position`: the account's, in lots, by the venue's ledger. */
  constructor(host: Host, venue: SimulatedVenue, position: () => bigint) {
    this.#host = host;
    this.#venue = venue;
    this.#position = position;
    this.#random = host.random('desk');
  }

  start(): void {
    this.#host.scheduler.after(ROUND_MICROS, () => {
      this.start();
      const state = this.#host.bus.get(NODE, `control.${ACCOUNT}`);
      if (state === undefined || (JSON.parse(state) as ControlState).latches.length === 0) return;
      if (this.#random.chance(0.3)) this.#reduce();
    });
  }

  #reduce(): void {
    const held = Number(this.#position());
    const [bid, ask] = [this.#venue.book.bestBid(), this.#venue.book.bestAsk()];
    const most = Math.max(Math.abs(held), 1);
    const lots = this.#random.integer(1, Math.ceil(most * 1.2));
    if (held === 0 || bid === undefined || ask === undefined) return;
    const side = held > 0 ? 'sell' : 'buy';
    const price = side === 'sell' ? bid.price - SLIPPAGE_TICKS : ask.price + SLIPPAGE_TICKS;
    this.#count += 1;
    const now = this.#host.scheduler.now;
    const intent: OrderIntent = {
      version: 1,
      intentId: derivedId('desk', this.#count),
      runId: DESK_RUN,
      strategy: 'desk',
      account: ACCOUNT,
      origin: 'person',
      instrument: RULES.id,
      side,
      type: 'limit',
      timeInForce: 'IOC',
      postOnly: false,
      reduceOnly: true,
      quantity: formatQuantity(RULES, quantityLots(lots)),
      price: formatPrice(RULES, priceTicks(price)),
      tsEvent: now,
      expiry: now + EXPIRY_MICROS,
      configDigest: contentHash('desk'),
      runSeq: this.#count,
      head: { seq: this.#count, hash: contentHash(this.#count) },
    };
    const message = {
      stream: 'INTENTS',
      subject: subjects.intent(ACCOUNT, DESK_RUN),
      id: intent.intentId,
      body: JSON.stringify(intent),
    };
    if (this.#host.bus.publish(NODE, message)) this.#host.marks.sometimes('reduce-only intent published');
  }
}
