import type { VenueOrder } from '@portcullis/contracts';
import type {
  CancelOutcome,
  FillReport,
  FillsFrom,
  LookupOutcome,
  OrderReport,
  SubmitOutcome,
} from '@portcullis/execution';
import { type SeededRandom, formatMoney } from '@portcullis/kernel';
import { formatPrice, formatQuantity } from '@portcullis/market';
import type { BalanceReport } from '@portcullis/reconciliation';
import type { Host } from './nodes/process.ts';
import type { SimulatedVenue, VenueFill, VenueRecord } from './venue.ts';

/** What a sweep of the venue brought. */
export interface SweepAnswer {
  readonly complete: boolean;
  readonly openOrders: readonly OrderReport[];
  readonly fills: readonly FillReport[];
  readonly balances: readonly BalanceReport[];
}

/** What the private stream tells the bridge. */
export interface PrivateStream {
  readonly onState: (state: 'up' | 'down') => void;
  readonly onFrame: (report: OrderReport, fills: readonly FillReport[]) => void;
}

/** How long a client waits for an answer. */
const TIMEOUT_MICROS = 10_000_000;
const LATE_MICROS_MEAN = 3_000_000;
const CONNECT_MICROS = 100_000;
const RECONNECT_MICROS_MEAN = 2_000_000;
const HOUR_MICROS = 3_600_000_000;

/**
 * The network between the bridge and the venue: requests and answers take their time and get lost on either way, and
 * the private stream drops and repeats frames and ends. A request that is on its way arrives whatever becomes of its sender.
 */
export class VenueLink {
  protected readonly host: Host;
  protected readonly venue: SimulatedVenue;
  readonly #recvWindowMicros: number;
  readonly #delays: SeededRandom;
  readonly #requests: SeededRandom;
  readonly #replies: SeededRandom;
  readonly #frames: SeededRandom;
  #stream: PrivateStream | undefined;
  /** Frames of one connection arrive in order: none before this moment. */
  #frameAt = 0;

  constructor(host: Host, venue: SimulatedVenue, recvWindowMicros: number) {
    this.host = host;
    this.venue = venue;
    this.#recvWindowMicros = recvWindowMicros;
    this.#delays = host.random('venue delay');
    this.#requests = host.random('venue request');
    this.#replies = host.random('venue reply');
    this.#frames = host.random('venue frame');
    venue.onChange = (record, fill) => this.#onChange(record, fill);
    this.#endStreamSometime();
  }

  /** Writes an order's bytes at `sentAt` (the sender's wall clock, which the receive window counts from). */
  submit(order: VenueOrder, sentAt: number, answer: (outcome: SubmitOutcome) => void): void {
    this.request(
      () => this.#receive(order, sentAt),
      (outcome) => answer(outcome ?? { kind: 'unknown', reason: 'no answer from the venue' }),
      'order',
    );
  }

  cancel(clientOrderId: string, answer: (outcome: CancelOutcome) => void): void {
    this.request(
      (): CancelOutcome => {
        const found = this.venue.cancel(clientOrderId);
        if (!found) this.host.marks.sometimes('cancel for an unknown order');
        const record = found ? this.venue.query(clientOrderId) : undefined;
        return record === undefined ? { kind: 'unknown-order' } : { kind: 'accepted', report: this.#report(record) };
      },
      (outcome) => answer(outcome ?? { kind: 'failed', reason: 'no answer from the venue' }),
    );
  }

  /** Asks for an order by its id, then among the open orders; both have to have missed it to be "not found". */
  lookup(clientOrderId: string, answer: (outcome: LookupOutcome) => void): void {
    this.request(
      (): LookupOutcome => {
        const record = this.venue.query(clientOrderId);
        if (record === undefined || !this.#shows(record.receivedAt)) return { kind: 'not-found' };
        const fills = record.fills.map((fill) => this.#fill(record, fill));
        return { kind: 'found', report: this.#report(record), fills };
      },
      (outcome) => answer(outcome ?? { kind: 'failed', reason: 'no answer from the venue' }),
    );
  }

  openOrders(answer: (orders: readonly OrderReport[] | undefined) => void): void {
    this.request(() => this.#openOrders(), answer);
  }

  /** Three queries one after the other, so not of one moment; each of them may fail. */
  sweep(from: readonly FillsFrom[], answer: (sweep: SweepAnswer) => void): void {
    this.request(
      () => this.#openOrders(),
      (openOrders) =>
        this.request(
          () => this.#fills(from),
          (fills) =>
            this.request(
              () => this.#balances(),
              (balances) => {
                const complete = openOrders !== undefined && fills !== undefined && balances !== undefined;
                if (!complete) this.host.marks.sometimes('sweep incomplete');
                answer({ complete, openOrders: openOrders ?? [], fills: fills ?? [], balances: balances ?? [] });
              },
            ),
        ),
    );
  }

  /** Opens the private stream for a process; the one before, if any, is closed. */
  connect(stream: PrivateStream): void {
    this.#stream = undefined;
    this.host.scheduler.after(CONNECT_MICROS + this.#delay(), () => {
      this.#stream = stream;
      stream.onState('up');
    });
  }

  /** One request and its answer, each with its own way; undefined when no answer comes in time. */
  protected request<T>(act: () => T, answer: (result: T | undefined) => void, kind: 'order' | 'query' = 'query'): void {
    const { scheduler, faults, marks } = this.host;
    const { requestLoss, requestLate, replyLoss } = faults.current;
    const lost = this.#requests.chance(requestLoss);
    const late = this.#requests.chance(requestLate) ? this.#requests.exponential(LATE_MICROS_MEAN) : 0;
    const unanswered = this.#replies.chance(replyLoss);
    // Half of the lost answers are an error of some machine in between, which comes soon.
    const silent = this.#replies.chance(0.5);
    const [out, back] = [this.#delay() + late, this.#delay()];
    const inTime = out + back < TIMEOUT_MICROS;
    if (lost) {
      if (kind === 'order') marks.sometimes('order request lost');
      return scheduler.after(TIMEOUT_MICROS, () => answer(undefined));
    }
    if (!inTime) scheduler.after(TIMEOUT_MICROS, () => answer(undefined));
    scheduler.after(out, () => {
      const result = act();
      if (!inTime) return;
      if (unanswered && kind === 'order') marks.sometimes('order answer lost');
      if (unanswered && silent) scheduler.after(TIMEOUT_MICROS - out, () => answer(undefined));
      else scheduler.after(back, () => answer(unanswered ? undefined : result));
    });
  }

  #receive(order: VenueOrder, sentAt: number): SubmitOutcome {
    const late = this.host.scheduler.now - sentAt > this.#recvWindowMicros;
    if (late) this.host.marks.sometimes('order request past its receive window');
    const answer = late ? this.venue.refuse(order, sentAt, '-1021') : this.venue.receive(order, sentAt);
    this.host.marks.sometimes(answer.accepted ? 'order accepted' : 'order rejected by the venue');
    if (!answer.accepted) return { kind: 'rejected', code: answer.code, reason: answer.reason };
    const fills = answer.record.fills.map((fill) => this.#fill(answer.record, fill));
    return { kind: 'accepted', report: this.#report(answer.record), fills };
  }

  #openOrders(): OrderReport[] {
    return this.venue
      .openOrders()
      .filter((record) => this.#shows(record.receivedAt))
      .map((record) => this.#report(record));
  }

  #fills(from: readonly FillsFrom[]): FillReport[] {
    const [{ tradeId, since } = { tradeId: undefined, since: 0 }] = from;
    const found = this.venue.fillsAfter(tradeId === undefined ? 0 : Number(tradeId) - 1);
    const shown = found.filter(({ fill }) => this.#shows(fill.at) && (tradeId !== undefined || fill.at >= since));
    // Listings of trades name only the venue's order id.
    return shown.map(({ record, fill }) => {
      const { clientOrderId: _unnamed, ...report } = this.#fill(record, fill);
      return report;
    });
  }

  #balances(): BalanceReport[] {
    return [...this.venue.balances()].map(([currency, amount]) => ({
      currency,
      free: formatMoney(amount),
      locked: '0',
    }));
  }

  /** Queries run behind by the lag; the private stream and the answers to requests do not. */
  #shows(at: number): boolean {
    return at <= this.host.scheduler.now - this.host.faults.current.queryLagMicros;
  }

  #delay(): number {
    return this.#delays.exponential(this.host.faults.current.venueDelayMicros) + 200;
  }

  #onChange(record: VenueRecord, fill: VenueFill | undefined): void {
    const { scheduler, faults, marks } = this.host;
    const { frameLoss, frameDuplicate } = faults.current;
    const stream = this.#stream;
    if (stream === undefined) return;
    if (this.#frames.chance(frameLoss)) return marks.sometimes('private frame lost');
    const copies = this.#frames.chance(frameDuplicate) ? 2 : 1;
    if (copies > 1) marks.sometimes('private frame repeated');
    const [report, fills] = [this.#report(record), fill === undefined ? [] : [this.#fill(record, fill)]];
    for (let copy = 0; copy < copies; copy++) {
      this.#frameAt = Math.max(this.#frameAt, scheduler.now + this.#delay());
      scheduler.after(this.#frameAt - scheduler.now, () => {
        if (this.#stream === stream) stream.onFrame(report, fills);
      });
    }
  }

  #endStreamSometime(): void {
    // Drawn at the rate of one an hour and then thinned out or repeated by the rate in force.
    const gap = this.#frames.exponential(HOUR_MICROS / Math.max(1, this.host.faults.drawn.streamDropsPerHour));
    this.host.scheduler.after(gap, () => {
      this.#endStreamSometime();
      const stream = this.#stream;
      if (stream === undefined || this.host.faults.current.streamDropsPerHour === 0) return;
      this.host.marks.sometimes('private stream ended');
      this.#stream = undefined;
      stream.onState('down');
      this.host.scheduler.after(this.#frames.exponential(RECONNECT_MICROS_MEAN), () => {
        if (this.#stream === undefined) this.connect(stream);
      });
    });
  }

  #report(record: VenueRecord): OrderReport {
    const { venueOrderId, order, executed, updatedAt: at } = record;
    const status = STATUSES[record.status];
    const executedQuantity = formatQuantity(this.venue.rules, executed);
    return { clientOrderId: order.clientOrderId, venueOrderId, symbol: order.symbol, status, executedQuantity, at };
  }

  #fill({ venueOrderId, order }: VenueRecord, fill: VenueFill): FillReport {
    const { rules } = this.venue;
    const { tradeId, feeCurrency, at } = fill;
    return {
      clientOrderId: order.clientOrderId,
      venueOrderId,
      symbol: order.symbol,
      tradeId,
      side: order.side,
      price: formatPrice(rules, fill.price),
      quantity: formatQuantity(rules, fill.quantity),
      fee: formatMoney(fill.fee),
      feeCurrency,
      liquidity: fill.maker ? 'maker' : 'taker',
      at,
    };
  }
}

const STATUSES = {
  NEW: 'new',
  PARTIALLY_FILLED: 'partially-filled',
  FILLED: 'filled',
  CANCELED: 'canceled',
  EXPIRED: 'expired',
} as const;
