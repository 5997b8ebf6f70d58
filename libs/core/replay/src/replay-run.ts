import type { EngineNews, ExecutionEngine } from '@portcullis/fills';
import { assert, unreachable } from '@portcullis/kernel';
import type { MarketInput } from '@portcullis/market';
import { type KernelInput, type KernelOutput, OrderingGuard, type RunKernel } from '@portcullis/run';
import type { InProcessGate } from '@portcullis/risk';
import type { RunStatistics } from '@portcullis/statistics';
import { DelayedFeed } from './delayed-feed.ts';
import { EventCounts } from './event-counts.ts';
import { LastPrices } from './last-prices.ts';
import { OrderDesk } from './order-desk.ts';
import type { PreparedReplay } from './prepare-replay.ts';
import type { EquityPoint, PriceCandle, ReplaySink, ReplaySummary } from './records.ts';
import { ReplayFailure } from './replay-failure.ts';
import { type ReplayInput, malformedText, unplaced, unusable } from './replay-input.ts';
import { ReplayLedger } from './replay-ledger.ts';
import type { ReplaySnapshot } from './replay-snapshot.ts';
import { replaySummary } from './replay-summary.ts';
import { roundTripRecord } from './round-trips.ts';
import { Timers } from './timers.ts';

/** Events left out and malformed ones that are told; the others are counted. */
const TOLD_MAX = 5;
/** How long after the end of the data evidence of what was sent may come, microseconds; payments due then are not the run's. */
const WIND_MICROS = 3_600_000_000;

/** Whether a run takes more events, or how it ended. A quarantined strategy leaves its run running to the end of the data. */
export type ReplayState = 'running' | ReplaySummary['state'];

/**
 * One run of a strategy on recorded data: ordering guard, kernel with its decision hash, the gate in process and the
 * fill models as venue. Pure and synchronous; any number of runs live beside each other and share nothing. The same
 * prepared replay and the same events give the same records, summary and decision hash, wherever it was stopped and
 * resumed.
 *
 * At each moment things happen in this order: the venue lives through what reaches it, its news reach the run, timers,
 * then the market event, first at the venue and the feed's latency later at the strategy.
 */
export class ReplayRun {
  readonly runId: string;
  readonly #prepared: PreparedReplay;
  readonly #sink: ReplaySink;
  readonly #guard: OrderingGuard;
  readonly #kernel: RunKernel;
  readonly #gate: InProcessGate;
  readonly #engine: ExecutionEngine;
  readonly #prices: LastPrices;
  readonly #desk: OrderDesk;
  readonly #ledger: ReplayLedger;
  readonly #feed: DelayedFeed;
  readonly #timers: Timers;
  readonly #counts: EventCounts;
  readonly #isInstant: boolean;
  #state: ReplayState = 'running';
  #failure: string | undefined;
  #isStarted = false;
  #isTimed = false;
  /** While the kernel's logs are of more of what was told often enough. */
  #isQuiet = false;
  /** Time of the kernel. */
  #now = 0;
  /** When the next timer or delayed event is due, so that a glance tells that nothing is. */
  #ownAt = Infinity;
  /** Outputs of the kernel that wait to be carried out, in order; empty between two events. */
  readonly #pending: KernelOutput[] = [];
  #waiting = 0;
  #summary: ReplaySummary | undefined;

  constructor(prepared: PreparedReplay, sink: ReplaySink) {
    const { config, instruments } = prepared;
    this.runId = prepared.runId;
    this.#prepared = prepared;
    this.#sink = sink;
    const strategy = prepared.strategy();
    this.#guard = new OrderingGuard(instruments.length);
    this.#kernel = prepared.kernel(strategy);
    this.#gate = prepared.gate();
    this.#engine = prepared.engine();
    this.#prices = new LastPrices(instruments.length);
    this.#desk = new OrderDesk(prepared, { gate: this.#gate, engine: this.#engine, prices: this.#prices, sink });
    this.#ledger = new ReplayLedger(prepared, this.#prices);
    this.#feed = new DelayedFeed(config.execution.latency, config.seed);
    this.#isInstant = this.#feed.isInstant;
    this.#timers = Timers.of(strategy);
    this.#counts = new EventCounts(instruments.length);
  }

  get state(): ReplayState {
    return this.#state;
  }

  get decisionHash(): string {
    return this.#kernel.decisionHash;
  }

  /** What happened so far; `at` is the time of the run in microseconds. */
  get progress(): { readonly events: number; readonly at: number; readonly fills: number; readonly denied: number } {
    const { fills, denied } = this.#desk.counts;
    return { events: this.#counts.events, at: this.#now, fills, denied };
  }

  /**
   * Takes the next event of the data and does all that follows from it. Events are kept by reference while they are on
   * their way: do not change them. Throws {@link ReplayFailure} when the run cannot go on; then it has ended.
   */
  feed(event: ReplayInput): void {
    if (this.#state !== 'running') assert(false, `the run has ended: ${this.#state}`);
    try {
      this.#live(event);
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  #live(event: ReplayInput): void {
    if (event.kind === 'malformed') return this.#malformed(event.what);
    const misplaced = unplaced(event, this.#prepared.instruments.length);
    if (misplaced !== undefined) return this.#malformed(malformedText(event, misplaced));
    const admitted = this.#guard.admit(event);
    if (admitted !== 'ok') return this.#leaveOut(event, admitted);
    this.#counts.admitted(event);
    const error = unusable(event);
    if (error !== undefined) return this.#malformed(malformedText(event, error));
    this.#counts.used(event);
    const at = event.tsEvent;
    if (!this.#isTimed) this.#begin(at);
    // A bar is told when it is over, but orders meet it from its first moment on.
    const before = event.kind === 'bar' && event.start < at ? event.start : at;
    if (this.#isDue(before)) this.#pump(before);
    this.#engine.market(event);
    if (this.#isDue(at)) this.#pump(at);
    this.#prices.take(event, this.#gate);
    this.#ledger.price(event);
    if (this.#isInstant) {
      if (this.#step(at, event) && this.#isDue(at)) this.#pump(at);
    } else this.#delay(event);
    if (at >= this.#ledger.nextSampleAt) this.#ledger.sample(at);
  }

  /**
   * Ends the run, if it has not ended: what is on its way arrives, the strategy hears that it stops, working orders are
   * cancelled. Gives what it came to; asked again, the same.
   */
  finish(): ReplaySummary {
    if (this.#summary !== undefined) return this.#summary;
    if (this.#state === 'running') this.#end('the data has ended', 'completed');
    this.#ledger.end(this.#now);
    this.#summary = replaySummary({
      prepared: this.#prepared,
      state: this.#state as ReplaySummary['state'],
      failure: this.#failure ?? this.#kernel.failure,
      kernel: this.#kernel,
      desk: this.#desk,
      ledger: this.#ledger,
      counts: this.#counts,
    });
    return this.#summary;
  }

  /** Ends the run before its data does. */
  stop(reason: string): void {
    if (this.#state === 'running') this.#end(reason, 'stopped');
  }

  /** At most 2,000 points, oldest first. */
  equity(): readonly EquityPoint[] {
    return this.#ledger.equity();
  }

  /** At most 2,000 candles of one instrument, oldest first. */
  candles(slot: number): readonly PriceCandle[] {
    assert(slot >= 0 && slot < this.#prepared.instruments.length, `the run has no instrument ${slot}`);
    return this.#ledger.candles(slot, this.#desk.textOf(slot));
  }

  statistics(): RunStatistics {
    return this.#ledger.statistics();
  }

  /** Net profits of the first 200,000 round trips in the account's currency, in their order. Floats. */
  roundTripProfits(): Float64Array {
    return this.#ledger.profits();
  }

  /** The first event of the data, from which on there are timers. */
  #begin(at: number): void {
    this.#isTimed = true;
    this.#timers.start(at);
    this.#ownAt = this.#timers.nextAt;
    if (!this.#isStarted) this.#start(at);
  }

  #start(at: number): void {
    this.#isStarted = true;
    this.#step(at, { kind: 'start' });
  }

  /** A record that is no event. It has no time that could be trusted, so the run hears of it at its own. */
  #malformed(what: string): void {
    this.#counts.malformed += 1;
    if (!this.#isStarted) this.#start(0);
    this.#isQuiet = this.#counts.malformed > TOLD_MAX;
    this.#step(this.#now, { kind: 'malformed', what });
    this.#isQuiet = false;
  }

  #leaveOut(event: MarketInput, why: 'duplicate' | 'out-of-order'): void {
    const said = this.#counts.disorder(event, why);
    if (this.#prepared.config.ordering === 'STRICT') throw new ReplayFailure('disorder', said);
    if (this.#counts.leftOut <= TOLD_MAX) this.#sink.log('warn', `left out: ${said}`, this.#now);
  }

  #isDue(at: number): boolean {
    return this.#engine.nextNewsAt <= at || this.#engine.nextDueAt <= at || this.#ownAt <= at;
  }

  #delay(event: MarketInput): void {
    this.#feed.push(event);
    this.#ownAt = Math.min(this.#timers.nextAt, this.#feed.nextAt);
  }

  /** Lets everything happen that is due up to and including `until`, in the order of time. */
  #pump(until: number): void {
    const engine = this.#engine;
    this.#timers.skipTo(until);
    for (;;) {
      const due = engine.nextDueAt;
      const news = engine.nextNewsAt;
      const timer = this.#timers.nextAt;
      const event = this.#feed.nextAt;
      if (due <= until && due <= news && due <= timer && due <= event) engine.advance(due);
      else if (news <= until && news <= timer && news <= event) {
        for (const one of engine.takeNews(news)) this.#hear(one);
      } else if (timer <= until && timer <= event) {
        this.#timers.take();
        this.#step(timer, { kind: 'timer' });
      } else if (event <= until) this.#step(event, this.#feed.take());
      else break;
    }
    this.#ownAt = Math.min(this.#timers.nextAt, this.#feed.nextAt);
  }

  #hear(news: EngineNews): void {
    const at = news.at;
    switch (news.kind) {
      case 'order':
        this.#desk.order(news);
        this.#step(at, news);
        return;
      case 'fill': {
        const { slot } = news;
        const before = this.#kernel.positionOf(slot);
        this.#desk.fill(news);
        this.#take(at, news);
        const after = this.#kernel.positionOf(slot);
        const trip = this.#ledger.fill(news, before, after);
        this.#sink.fill(this.#desk.record(news, after.quantity));
        if (trip !== undefined) {
          this.#sink.roundTrip(roundTripRecord(trip, this.#desk.instrumentOf(slot), this.#desk.textOf(slot)));
        }
        return this.#drain();
      }
      case 'cash':
        this.#ledger.cash(news);
        this.#sink.cash?.(this.#desk.cashRecord(news));
        this.#step(at, news);
        return;
      default:
        return unreachable(news);
    }
  }

  /** Gives the kernel an input and carries out what it wants done; answers whether that was anything. */
  #step(at: number, input: KernelInput): boolean {
    this.#take(at, input);
    if (this.#waiting === 0) return false;
    this.#drain();
    return true;
  }

  /** Gives the kernel an input and keeps what it wants done. */
  #take(at: number, input: KernelInput): void {
    if (at > this.#now) this.#now = at;
    const outputs = this.#kernel.step(this.#now, input);
    for (let i = 0; i < outputs.length; i++) this.#pending[this.#waiting++] = outputs[i] as KernelOutput;
  }

  /** Carries out what the kernel wants done, verdicts and what follows from them included. */
  #drain(): void {
    const pending = this.#pending;
    try {
      // Verdicts make it longer while it is gone through.
      for (let i = 0; i < this.#waiting; i++) this.#carryOut(pending[i] as KernelOutput);
    } finally {
      this.#waiting = 0;
    }
    const { failure } = this.#kernel;
    if (failure !== undefined && this.#prepared.config.errorPolicy === 'FAIL_FAST') {
      throw new ReplayFailure('strategy', failure);
    }
  }

  #carryOut(output: KernelOutput): void {
    const at = this.#now;
    switch (output.kind) {
      case 'intent': {
        const { order } = output;
        const denial = this.#desk.judge(output, at);
        if (denial !== undefined) return this.#take(at, { kind: 'verdict', order, approved: false, code: denial.code });
        this.#take(at, { kind: 'verdict', order, approved: true });
        return this.#desk.submit(output, at);
      }
      case 'cancel':
        return this.#engine.cancel(output.order, at);
      case 'log':
        if (!this.#isQuiet) this.#sink.log(output.level, output.message, at);
        return;
      default:
        return unreachable(output);
    }
  }

  /** Winds the run up, and sets the state that it ended in. */
  #end(reason: string, state: 'completed' | 'stopped'): void {
    try {
      if (this.#isStarted) this.#wind(reason);
      this.#state = this.#kernel.state === 'quarantined' ? 'quarantined' : state;
    } catch (error) {
      this.#failed(error);
    }
  }

  #wind(reason: string): void {
    this.#timers.stop();
    if (this.#feed.nextAt !== Infinity) this.#pump(this.#feed.lastAt);
    this.#step(this.#now, { kind: 'stop', reason });
    const last = this.#now + WIND_MICROS;
    while (this.#desk.working > 0 || this.#engine.nextNewsAt <= last) {
      const next = Math.min(this.#engine.nextDueAt, this.#engine.nextNewsAt);
      if (next > last) return;
      this.#pump(next);
    }
  }

  /** Keeps why the run cannot go on; anything but a {@link ReplayFailure} is a defect and goes on up. */
  #failed(error: unknown): void {
    if (!(error instanceof ReplayFailure)) throw error;
    this.#state = 'failed';
    this.#failure = error.message;
  }

  /** The whole run between two events, as plain JSON. */
  snapshot(): ReplaySnapshot {
    assert(this.#waiting === 0, 'a run is kept between two events');
    return {
      version: 1,
      runId: this.runId,
      state: this.#state,
      failure: this.#failure ?? null,
      isStarted: this.#isStarted,
      now: this.#now,
      guard: this.#guard.snapshot(),
      kernel: this.#kernel.snapshot(),
      gate: this.#gate.snapshot(),
      engine: this.#engine.snapshot(),
      prices: this.#prices.snapshot(),
      desk: this.#desk.snapshot(),
      ledger: this.#ledger.snapshot(),
      feed: this.#feed.snapshot(),
      timers: this.#timers.snapshot(),
      counts: this.#counts.snapshot(),
    };
  }

  /** Puts a fresh run of the same prepared replay where the snapshot was taken. Throws {@link ReplayFailure} for one of another run. */
  restore(snapshot: ReplaySnapshot): void {
    if (snapshot.version !== 1 || snapshot.runId !== this.runId) {
      throw new ReplayFailure('snapshot', `the snapshot is of run ${snapshot.runId}, this is run ${this.runId}`);
    }
    this.#state = snapshot.state;
    this.#failure = snapshot.failure ?? undefined;
    this.#isStarted = snapshot.isStarted;
    this.#now = snapshot.now;
    this.#guard.restore(snapshot.guard);
    this.#kernel.restore(snapshot.kernel);
    this.#gate.restore(snapshot.gate);
    this.#engine.restore(snapshot.engine);
    this.#prices.restore(snapshot.prices);
    this.#desk.restore(snapshot.desk);
    this.#ledger.restore(
      snapshot.ledger,
      this.#prepared.instruments.map((_, slot) => this.#kernel.positionOf(slot)),
    );
    this.#feed.restore(snapshot.feed);
    this.#timers.restore(snapshot.timers);
    this.#counts.restore(snapshot.counts);
    this.#isTimed = this.#counts.events > 0;
    this.#ownAt = Math.min(this.#timers.nextAt, this.#feed.nextAt);
  }
}
