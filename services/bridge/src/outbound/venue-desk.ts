import type { BalanceReport, BridgeEffect, FillReport, OrderReport } from '@portcullis/execution';
import type { OrderAddress, PrivateStreamListener, VenueTrading } from '@portcullis/venues';
import type { BridgeMetrics } from '../state/bridge-metrics.ts';
import type { BridgeShell, Performer } from '../state/bridge-shell.ts';

type EffectOf<T extends BridgeEffect['type']> = Extract<BridgeEffect, { type: T }>;

/** Carries what the core wants to the venue, and what the venue says back as inputs. Nothing here waits for another. */
export class VenueDesk implements Performer {
  readonly #shell: BridgeShell;
  readonly #venue: VenueTrading;
  readonly #metrics: BridgeMetrics;
  readonly #running = new Set<Promise<void>>();

  constructor(parts: { shell: BridgeShell; venue: VenueTrading; metrics: BridgeMetrics }) {
    this.#shell = parts.shell;
    this.#venue = parts.venue;
    this.#metrics = parts.metrics;
  }

  perform(effect: BridgeEffect): void {
    const work = this.#work(effect);
    if (work === undefined) return;
    const tracked = work.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** The private stream's reports as inputs. */
  readonly listener: PrivateStreamListener = {
    report: (report, fills) => this.#shell.hear({ type: 'report', report, fills }),
    up: () => this.#shell.hear({ type: 'private-stream', state: 'up' }),
    down: () => this.#shell.hear({ type: 'private-stream', state: 'down' }),
  };

  #work(effect: BridgeEffect): Promise<void> | undefined {
    switch (effect.type) {
      case 'submit':
        return this.#submit(effect);
      case 'cancel':
        return this.#cancel(addressOf(effect));
      case 'lookup':
        return this.#lookup(addressOf(effect));
      case 'sweep':
        return this.#sweep(effect);
      case 'cancel-by-query':
        return this.#openOrders();
      case 'order-event':
      case 'recon':
      case 'heartbeat':
      case 'alert':
      case 'refused':
        return undefined;
    }
  }

  async #submit({ venueOrder }: EffectOf<'submit'>): Promise<void> {
    const started = performance.now();
    const { clientOrderId } = venueOrder;
    const outcome = await this.#venue.submit(venueOrder, () => this.#shell.maySend(clientOrderId));
    this.#metrics.submitted(outcome.kind, (performance.now() - started) / 1000);
    this.#shell.hear({ type: 'submit-outcome', clientOrderId, outcome });
  }

  async #cancel(order: OrderAddress): Promise<void> {
    const outcome = await this.#venue.cancel(order);
    this.#shell.hear({ type: 'cancel-outcome', clientOrderId: order.clientOrderId, outcome });
  }

  async #lookup(order: OrderAddress): Promise<void> {
    const outcome = await this.#venue.lookup(order);
    this.#shell.hear({ type: 'lookup-outcome', clientOrderId: order.clientOrderId, outcome });
  }

  /** The quick half of a kill. When it fails, the sweep that the kill also asked for does its work. */
  async #openOrders(): Promise<void> {
    const openOrders = await answered(this.#venue.openOrders());
    if (openOrders !== undefined) this.#shell.hear({ type: 'open-orders', openOrders });
  }

  /** Balances last: whatever was executed before the listing of executions is then in both. */
  async #sweep({ reason, fillsFrom }: EffectOf<'sweep'>): Promise<void> {
    const openOrders = await answered(this.#venue.openOrders());
    const fills: FillReport[] = [];
    let complete = openOrders !== undefined;
    for (const from of fillsFrom) {
      const found = await answered(this.#venue.fills(from));
      if (found === undefined) complete = false;
      else fills.push(...found);
    }
    const balances = await answered(this.#venue.balances());
    complete &&= balances !== undefined;
    this.#shell.hear({
      type: 'sweep',
      reason,
      complete,
      openOrders: openOrders ?? NO_ORDERS,
      fills,
      balances: balances ?? NO_BALANCES,
    });
  }
}

const NO_ORDERS: readonly OrderReport[] = [];
const NO_BALANCES: readonly BalanceReport[] = [];

/** A query's answer; undefined when it failed, which makes a sweep incomplete. */
function answered<T>(query: Promise<T>): Promise<T | undefined> {
  return query.catch(() => undefined);
}

function addressOf({ clientOrderId, symbol, venueOrderId }: EffectOf<'cancel' | 'lookup'>): OrderAddress {
  return { clientOrderId, symbol, ...(venueOrderId === undefined ? {} : { venueOrderId }) };
}
