import type { BridgeCore, BridgeEffect, OrderStatus } from '@portcullis/execution';
import { monotonicMicros, wallMicros } from '@portcullis/config';
import { MICROS_PER_SECOND } from '@portcullis/kernel';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2, 10];

/** What the bridge tells Prometheus. */
export class BridgeMetrics {
  readonly #registry: Registry;
  readonly #refusals: Counter<'reason'>;
  readonly #events: Counter<'type'>;
  readonly #alerts: Counter<'name'>;
  readonly #deadLetters: Counter<'stream'>;
  readonly #outcomes: Counter<'kind'>;
  readonly #submit: Histogram;
  readonly #decide: Histogram;
  readonly #breaks: Gauge;

  constructor(registry: Registry) {
    this.#registry = registry;
    const registers = [registry];
    const name = (rest: string): string => `portcullis_bridge_${rest}`;
    this.#refusals = new Counter({
      name: name('refusals_total'),
      help: 'Messages not acted on, by reason',
      labelNames: ['reason'],
      registers,
    });
    this.#events = new Counter({
      name: name('order_events_total'),
      help: 'Order events by type',
      labelNames: ['type'],
      registers,
    });
    this.#alerts = new Counter({ name: name('alerts_total'), help: 'Alerts by name', labelNames: ['name'], registers });
    this.#deadLetters = new Counter({
      name: name('dead_letters_total'),
      help: 'Messages that nobody could act on, by stream',
      labelNames: ['stream'],
      registers,
    });
    this.#outcomes = new Counter({
      name: name('submits_total'),
      help: 'Submitted orders by outcome',
      labelNames: ['kind'],
      registers,
    });
    this.#submit = new Histogram({
      name: name('submit_duration_seconds'),
      help: "From the decision to send to the venue's answer",
      buckets: SECONDS,
      registers,
    });
    this.#decide = new Histogram({
      name: name('verdict_duration_seconds'),
      help: 'From the arrival of verdicts to the decision, journal included',
      buckets: SECONDS,
      registers,
    });
    this.#breaks = new Gauge({
      name: name('breaks'),
      help: "Differences between our books and the venue's reports, at the last sweep",
      registers,
    });
  }

  /** Adds the gauges that are read from the core when somebody looks. */
  observe(core: BridgeCore, journalSeq: () => number): void {
    const registers = [this.#registry];
    new Gauge({
      name: 'portcullis_bridge_orders',
      help: 'Orders in memory by status',
      labelNames: ['status'],
      registers,
      collect() {
        const counts = new Map<OrderStatus, number>();
        for (const { status } of core.orders()) counts.set(status, (counts.get(status) ?? 0) + 1);
        this.reset();
        for (const [status, count] of counts) this.set({ status }, count);
      },
    });
    this.#read('unresolved_orders', 'Orders that may or may not live at the venue', () => core.unresolvedOrderCount);
    this.#read('latches', 'Kill latches held here', () => core.latches.length);
    this.#read('journal_seq', 'Number of the last record of the journal', journalSeq);
    this.#read(
      'permit_remaining_seconds',
      'Life that is left to the trade permit',
      () => core.permitRemainingMicros({ at: wallMicros(), monotonicAt: monotonicMicros() }) / MICROS_PER_SECOND,
    );
  }

  effect(effect: BridgeEffect): void {
    if (effect.type === 'refused') this.#refusals.inc({ reason: effect.reason });
    else if (effect.type === 'order-event') this.#events.inc({ type: effect.event.type });
    else if (effect.type === 'alert') this.#alerts.inc({ name: effect.name });
    else if (effect.type === 'recon') this.#breaks.set(effect.snapshot.breaks.length);
  }

  submitted(kind: string, seconds: number): void {
    this.#outcomes.inc({ kind });
    this.#submit.observe(seconds);
  }

  decided(seconds: number): void {
    this.#decide.observe(seconds);
  }

  deadLetter(stream: string): void {
    this.#deadLetters.inc({ stream });
  }

  #read(name: string, help: string, value: () => number): void {
    new Gauge({
      name: `portcullis_bridge_${name}`,
      help,
      registers: [this.#registry],
      collect() {
        this.set(value());
      },
    });
  }
}
