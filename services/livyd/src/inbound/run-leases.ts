import { Logger } from '@nestjs/common';
import { type BusConnection, Lease } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import type { RunHost } from '../state/run-host.ts';
import type { Runs } from '../state/runs.ts';

/**
 * One lease per run, so that two processes never run the same one. A run is open only while its lease is held: when it
 * is lost, the journal is closed, and whoever holds the lease next replays it.
 */
export class RunLeases {
  readonly #logger = new Logger('lease');
  readonly #bus: BusConnection;
  readonly #holder: string;
  readonly #ttlMs: number;
  readonly #closing = new AbortController();
  readonly #held = new Map<string, Lease>();

  constructor(bus: BusConnection, options: { readonly holder: string; readonly ttlMs: number }) {
    this.#bus = bus;
    this.#holder = options.holder;
    this.#ttlMs = options.ttlMs;
  }

  /** Resolves once every run is open. */
  async open(runs: Runs): Promise<void> {
    await Promise.all(runs.hosts.map((host) => this.#hold(runs, host)));
  }

  async release(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#held.values()].map((lease) => lease.release()));
  }

  async #hold(runs: Runs, host: RunHost): Promise<void> {
    const { runId } = host;
    const lease = await Lease.acquire({
      bus: this.#bus,
      key: `livyd.${runId}`,
      holder: this.#holder,
      ttlMs: this.#ttlMs,
      signal: this.#closing.signal,
      onWaiting: (holder) => this.#logger.warn(`run ${runId} is held by ${holder}; waiting`),
    });
    this.#held.set(runId, lease);
    runs.begin(host, wallMicros());
    this.#logger.log(`run ${runId} is open at input ${host.journalSequence}`);
    void lease.lost
      .then((reason) => this.#lost(runs, host, reason))
      .catch((error: unknown) => this.#closing.signal.aborted || this.#logger.error(error));
  }

  async #lost(runs: Runs, host: RunHost, reason: string): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#logger.error(`lease of run ${host.runId} is lost: ${reason}`);
    host.close();
    await this.#hold(runs, host);
  }
}
