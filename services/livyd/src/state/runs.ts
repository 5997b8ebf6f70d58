import type { MarketEvent, OrderEvent, RunStatus, SignedVerdict } from '@portcullis/contracts';
import { instrumentIdOf } from '@portcullis/market';
import type { RunControl, RunInput, RunOutput } from '@portcullis/run';
import type { RunHost } from './run-host.ts';

/** Does what a run wants. */
export type Perform = (host: RunHost, outputs: readonly RunOutput[]) => void;

/** How often every run hears of the time. */
export const TIMER_MS = 250;

/** All runs of this process, and who of them gets which input. Time comes from the caller, in microseconds. */
export class Runs {
  readonly hosts: readonly RunHost[];
  readonly #byId: ReadonlyMap<string, RunHost>;
  readonly #perform: Perform;
  #stopping = false;
  #forged = 0;

  constructor(hosts: readonly RunHost[], perform: Perform) {
    this.hosts = hosts;
    this.#byId = new Map(hosts.map((host) => [host.runId, host]));
    this.#perform = perform;
  }

  /** Verdicts that were not signed by the gate, of which no run heard. */
  get forged(): number {
    return this.#forged;
  }

  countForged(): void {
    this.#forged += 1;
  }

  get statuses(): RunStatus[] {
    return this.hosts.map(({ status }) => status);
  }

  get workingOrders(): number {
    return this.hosts.reduce((sum, { kernel }) => sum + kernel.workingOrders, 0);
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** Whether every run takes inputs. */
  get open(): boolean {
    return this.hosts.every(({ isOpen }) => isOpen);
  }

  /** Opens one run's journal; what the gate may have missed before a crash is said again. */
  begin(host: RunHost, at: number): void {
    const outputs = host.open(at);
    const fresh = new Set(outputs.map((output) => (output.type === 'intent' ? output.intent.intentId : '')));
    const missed = host.unansweredIntents(at).filter(({ intentId }) => !fresh.has(intentId));
    this.#perform(host, [...missed.map((intent): RunOutput => ({ type: 'intent', intent })), ...outputs]);
  }

  market(events: readonly MarketEvent[], at: number): void {
    const byInstrument = Map.groupBy(events, ({ venue, symbol }) => instrumentIdOf(venue, symbol));
    for (const host of this.hosts) {
      const own = byInstrument.get(host.instrument);
      if (own !== undefined) this.#perform(host, host.market(own, at));
    }
  }

  /** Of another process's runs nothing is taken. */
  verdict(verdict: SignedVerdict, at: number): void {
    this.#tell(verdict.verdict.runId, { type: 'verdict', at, verdict });
  }

  order(event: OrderEvent, at: number): void {
    this.#tell(event.runId, { type: 'order', at, event });
  }

  /** Resolves once the run, or every run, takes inputs. A run that is not here is waited for by nobody. */
  async whenOpen(runId?: string): Promise<void> {
    if (runId === undefined) await Promise.all(this.hosts.map((host) => host.whenOpen));
    else await this.#byId.get(runId)?.whenOpen;
  }

  /** A kill or clear is for every run to judge; a state is of one account. */
  control(control: RunControl, at: number, account?: string): void {
    for (const host of this.hosts) {
      if (account === undefined || host.account === account) {
        this.#perform(host, host.take([{ type: 'control', at, control }]));
      }
    }
  }

  timer(at: number): void {
    for (const host of this.hosts) this.#perform(host, host.take([{ type: 'timer', at }]));
  }

  /** Ends every run: their working orders are cancelled. */
  stop(reason: string, at: number): void {
    this.#stopping = true;
    for (const host of this.hosts) this.#perform(host, host.take([{ type: 'stop', at, reason }]));
  }

  /** Takes nothing more at all, as after a crash. */
  halt(): void {
    this.#stopping = true;
    for (const host of this.hosts) host.halt();
  }

  #tell(runId: string, input: RunInput): void {
    const host = this.#byId.get(runId);
    if (host !== undefined) this.#perform(host, host.take([input]));
  }
}
