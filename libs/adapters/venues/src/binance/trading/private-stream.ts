import { setTimeout as sleep } from 'node:timers/promises';
import type { PrivateStreamListener } from '../../trading-port.ts';
import type { CcxtBinance } from './ccxt-binance.ts';
import { parseExecutionReport } from './parse-report.ts';

const PAUSE_FIRST_MS = 250;
const PAUSE_LAST_MS = 5_000;

/**
 * The account's own events over Binance's ws-api, through ccxt: it signs, subscribes and keeps the connection. Each raw execution
 * report is taken as it arrives, because ccxt's list of orders merges reports of one order and turns their numbers into floats.
 */
export class PrivateStream {
  readonly #venue: CcxtBinance;
  readonly #listener: PrivateStreamListener;
  readonly #scrub: (error: unknown) => string;
  readonly #stop = new AbortController();

  constructor(parts: { venue: CcxtBinance; listener: PrivateStreamListener; scrub: (error: unknown) => string }) {
    this.#venue = parts.venue;
    this.#listener = parts.listener;
    this.#scrub = parts.scrub;
    this.#venue.handleOrderUpdate = (_client, message) => this.#take(message);
  }

  /** Runs until it is stopped. */
  async run(): Promise<void> {
    let pause = PAUSE_FIRST_MS;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#venue.loadMarkets();
        await this.#venue.authenticate({ type: 'spot' });
        pause = PAUSE_FIRST_MS;
        this.#listener.up();
        // It resolves never, because we take the reports; it fails when the connection does.
        await this.#venue.watchOrders();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#listener.down(this.#scrub(error));
        await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => undefined);
        pause = Math.min(PAUSE_LAST_MS, pause * 2);
      }
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#venue.close();
  }

  #take(message: unknown): void {
    try {
      const { report, fills } = parseExecutionReport(message);
      this.#listener.report(report, fills);
    } catch (error) {
      // What cannot be read is asked for: the reconnect that follows makes the bridge sweep the account.
      this.#listener.down(`unreadable execution report: ${this.#scrub(error)}`);
      this.#listener.up();
    }
  }
}
