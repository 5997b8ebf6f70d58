import type {
  CancelRequest,
  ControlState,
  CountersView,
  DeadLetter,
  Heartbeat,
  InstrumentDefinitionMessage,
  MarketEvent,
  OrderEvent,
  OrderIntent,
  ReconSnapshot,
  RiskVerdict,
  Status,
} from '@portcullis/contracts';
import { Markets, type PricePoint, type TradeView } from './markets.ts';
import { type FillView, type OrderLife, OrderLives, type VerdictView } from './order-lives.ts';
import { Presence } from './presence.ts';
import { type ProfitPoint, RunBooks } from './run-books.ts';
import { type DeadLetterView, type RaisedAlert, Troubles } from './troubles.ts';

/** Verdicts and fills kept in the order of their coming. */
const RECENT_MAX = 1000;
/** Denial codes counted apart; the gate has some thirty. */
const CODES_MAX = 200;

/** What changed, for those who watch. */
export type Change =
  | { readonly kind: 'order'; readonly order: OrderLife }
  | { readonly kind: 'verdict'; readonly verdict: VerdictView }
  | { readonly kind: 'fill'; readonly fill: FillView }
  | { readonly kind: 'kill'; readonly kill: KillView }
  | { readonly kind: 'control' };

/** A kill as it was asked for; whether it holds is told by the latches. */
export interface KillView {
  readonly scope: string;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
}

export interface MarketDetail {
  readonly series: readonly PricePoint[];
  readonly trades: readonly TradeView[];
}

/**
 * Everything that people look at, rebuilt from the streams at each start. It decides nothing and is bounded;
 * time comes in as data, in microseconds since the epoch.
 */
export class Projection {
  readonly #startedAt: number;
  readonly #orders = new OrderLives();
  readonly #markets: Markets;
  readonly #runs: RunBooks;
  readonly #presence = new Presence();
  readonly #troubles = new Troubles();
  readonly #verdicts: VerdictView[] = [];
  readonly #fills: FillView[] = [];
  readonly #kills: KillView[] = [];
  readonly #denied = new Map<string, number>();
  readonly #counts = { intents: 0, approved: 0, denied: 0, submitted: 0, fills: 0, malformed: 0 };

  constructor(instruments: readonly InstrumentDefinitionMessage[], startedAt: number) {
    this.#startedAt = startedAt;
    this.#markets = new Markets(instruments);
    this.#runs = new RunBooks(instruments);
  }

  market(event: MarketEvent): void {
    this.#markets.apply(event);
  }

  intent(intent: OrderIntent): Change[] {
    const order = this.#orders.intent(intent);
    if (order === undefined) return [];
    this.#counts.intents += 1;
    this.#runs.intent(intent);
    return [{ kind: 'order', order }];
  }

  verdict(verdict: RiskVerdict): Change[] {
    const told = this.#orders.verdict(verdict);
    if (told === undefined) return [];
    this.#counts[verdict.decision] += 1;
    if (verdict.decision === 'denied') this.#countDenial(verdict.denial.code);
    this.#runs.verdict(verdict);
    keep(this.#verdicts, told.verdict);
    return [
      { kind: 'verdict', verdict: told.verdict },
      { kind: 'order', order: told.life },
    ];
  }

  orderEvent(event: OrderEvent): Change[] {
    const told = this.#orders.event(event);
    if (told === undefined) return [];
    if (event.type === 'submitted') this.#counts.submitted += 1;
    const order: Change = { kind: 'order', order: told.life };
    if (told.fill === undefined) return [order];
    this.#counts.fills += 1;
    this.#runs.fill(event, told.fill);
    keep(this.#fills, told.fill);
    return [{ kind: 'fill', fill: told.fill }, order];
  }

  cancel(request: CancelRequest): Change[] {
    const order = this.#orders.cancel(request);
    return order === undefined ? [] : [{ kind: 'order', order }];
  }

  kill(kill: KillView): Change[] {
    keep(this.#kills, kill);
    return [{ kind: 'kill', kill }];
  }

  heartbeat(heartbeat: Heartbeat, at: number): void {
    this.#presence.heard(heartbeat, at);
    for (const run of heartbeat.runs ?? []) this.#runs.reported(run);
  }

  control(state: ControlState): Change[] {
    return this.#presence.control(state) ? [{ kind: 'control' }] : [];
  }

  deadLetter(letter: DeadLetter): RaisedAlert | undefined {
    return this.#troubles.deadLetter(letter);
  }

  recon(snapshot: ReconSnapshot): RaisedAlert[] {
    return this.#troubles.snapshot(snapshot);
  }

  /** A message that fits no schema; its owner buries it, here it only counts. */
  malformed(): void {
    this.#counts.malformed += 1;
  }

  /** Takes the samples of the second; `at` in microseconds. */
  sample(at: number): void {
    this.#runs.sample(Math.floor(at / 1_000_000), (instrument) => this.#markets.touch(instrument));
  }

  orders(limit: number, wanted?: (life: OrderLife) => boolean): OrderLife[] {
    return this.#orders.recent(limit, wanted);
  }

  /** The newest first. */
  verdicts(limit: number): VerdictView[] {
    return this.#verdicts.slice(-limit).reverse();
  }

  /** The newest first. */
  fills(limit: number): FillView[] {
    return this.#fills.slice(-limit).reverse();
  }

  /** The newest first. */
  kills(limit: number): KillView[] {
    return this.#kills.slice(-limit).reverse();
  }

  profits(runId: string): readonly ProfitPoint[] {
    return this.#runs.profits(runId);
  }

  marketDetail(instrument: string, since?: number): MarketDetail {
    return { series: this.#markets.series(instrument, since), trades: this.#markets.trades(instrument) };
  }

  deadLetters(): DeadLetterView[] {
    return this.#troubles.recentDeadLetters;
  }

  /** `lost`: messages that the streams no longer had. */
  counters(lost: number): CountersView {
    const { malformed, ...counts } = this.#counts;
    return {
      ...counts,
      marketEvents: this.#markets.events,
      deniedByCode: Object.fromEntries(this.#denied),
      unresolved: this.#orders.unresolved,
      deadLetters: this.#troubles.deadLetters,
      alerts: this.#troubles.alerts,
      breaks: this.#troubles.breaks,
      unread: malformed + lost + this.#runs.unbooked,
    };
  }

  status(at: number, lost: number): Status {
    return {
      version: 1,
      at,
      startedAt: this.#startedAt,
      tradingState: this.#presence.tradingState,
      controls: this.#presence.controls,
      services: this.#presence.services(at),
      runs: this.#runs.views((instrument) => this.#markets.touch(instrument)),
      markets: this.#markets.views(),
      recon: this.#troubles.recon,
      counters: this.counters(lost),
    };
  }

  #countDenial(code: string): void {
    const name = this.#denied.has(code) || this.#denied.size < CODES_MAX ? code : 'OTHER';
    this.#denied.set(name, (this.#denied.get(name) ?? 0) + 1);
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > RECENT_MAX) list.shift();
}
