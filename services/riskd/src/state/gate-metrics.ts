import type { ControlState } from '@portcullis/contracts';
import type { GateEffect } from '@portcullis/risk';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const TRADING_STATES = ['ACTIVE', 'REDUCING', 'HALTED'] as const;

/** What riskd tells Prometheus. Survives a change of the gate's incarnation. */
export class GateMetrics {
  readonly #decisions: Counter<'decision' | 'code'>;
  readonly #duration: Histogram;
  readonly #permits: Counter<'mode'>;
  readonly #alerts: Counter<'name'>;
  readonly #deadLetters: Counter<'stream'>;
  readonly #killEpoch: Gauge;
  readonly #gateEpoch: Gauge;
  readonly #latches: Gauge;
  readonly #tradingState: Gauge<'state'>;
  readonly #journalSeq: Gauge;
  readonly #openOrders: Gauge;
  /** The same counts for the heartbeat, which travels where no metrics server is. */
  readonly counters: Record<string, number> = {
    approved: 0,
    denied: 0,
    permits: 0,
    deadLetters: 0,
    alerts: 0,
    killEpoch: 0,
    journalSeq: 0,
  };

  constructor(registry: Registry) {
    const registers = [registry];
    this.#decisions = new Counter({
      name: 'portcullis_risk_decisions_total',
      help: 'Verdicts by decision and denial code',
      labelNames: ['decision', 'code'],
      registers,
    });
    this.#duration = new Histogram({
      name: 'portcullis_risk_decision_duration_seconds',
      help: 'From the arrival of an intent to the storage of its verdict',
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2],
      registers,
    });
    this.#permits = new Counter({
      name: 'portcullis_risk_permits_total',
      help: 'Trade permits by mode',
      labelNames: ['mode'],
      registers,
    });
    this.#alerts = new Counter({
      name: 'portcullis_risk_alerts_total',
      help: 'Alerts by name',
      labelNames: ['name'],
      registers,
    });
    this.#deadLetters = new Counter({
      name: 'portcullis_risk_dead_letters_total',
      help: 'Messages that nobody could act on, by stream',
      labelNames: ['stream'],
      registers,
    });
    this.#killEpoch = new Gauge({
      name: 'portcullis_risk_kill_epoch',
      help: 'Kill epoch; it never goes down',
      registers,
    });
    this.#gateEpoch = new Gauge({
      name: 'portcullis_risk_gate_epoch',
      help: 'Epoch of the lease that this incarnation holds',
      registers,
    });
    this.#latches = new Gauge({ name: 'portcullis_risk_latches', help: 'Kill latches held', registers });
    this.#tradingState = new Gauge({
      name: 'portcullis_risk_trading_state',
      help: '1 for the trading state that holds',
      labelNames: ['state'],
      registers,
    });
    this.#journalSeq = new Gauge({
      name: 'portcullis_risk_journal_seq',
      help: 'Number of the last record of the journal',
      registers,
    });
    this.#openOrders = new Gauge({
      name: 'portcullis_risk_open_orders',
      help: 'Orders that reserve exposure',
      registers,
    });
  }

  effect(effect: GateEffect): void {
    switch (effect.type) {
      case 'verdict': {
        const { verdict } = effect.signed;
        this.#decisions.inc({
          decision: verdict.decision,
          code: verdict.decision === 'denied' ? verdict.denial.code : '',
        });
        this.#count(verdict.decision);
        return;
      }
      case 'permit':
        this.#permits.inc({ mode: effect.signed.permit.mode });
        this.#count('permits');
        return;
      case 'control-state':
        this.#control(effect.state);
        return;
      case 'alert':
        this.#alerts.inc({ name: effect.alert.name });
        this.#count('alerts');
    }
  }

  state(journalSeq: number, openOrders: number): void {
    this.#journalSeq.set(journalSeq);
    this.#openOrders.set(openOrders);
    this.counters['journalSeq'] = journalSeq;
  }

  deadLetter(stream: string): void {
    this.#deadLetters.inc({ stream });
    this.#count('deadLetters');
  }

  decided(seconds: number): void {
    this.#duration.observe(seconds);
  }

  #control({ killEpoch, gateEpoch, latches, tradingState }: ControlState): void {
    this.#killEpoch.set(killEpoch);
    this.#gateEpoch.set(gateEpoch);
    this.#latches.set(latches.length);
    for (const state of TRADING_STATES) this.#tradingState.set({ state }, state === tradingState ? 1 : 0);
    this.counters['killEpoch'] = killEpoch;
  }

  #count(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1;
  }
}
