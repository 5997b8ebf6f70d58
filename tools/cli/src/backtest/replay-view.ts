import type { BacktestProgress, PreparedBacktest } from '@portcullis/backtests';
import type { MarketView, RunView, Status } from '@portcullis/contracts';
import { formatMoney, type Money, parseMoney, ZERO_MONEY } from '@portcullis/kernel';
import {
  formatPrice,
  formatQuantity,
  type InstrumentRules,
  instrumentRules,
  type MarketInput,
} from '@portcullis/market';
import type { DenialRecord, FillRecord, ReplaySummary, RoundTrip } from '@portcullis/replay';

/** Of each list, what a page that opens late still sees. */
const KEPT_MAX = 400;
const SERIES_MAX = 4_000;

/** A fill, an order and a verdict as the dashboard knows them from observer. */
export type ViewEvent = {
  readonly name: 'fill' | 'order' | 'verdict';
  readonly data: Readonly<Record<string, unknown>>;
};

/**
 * A replay as the dashboard sees the platform: one run, its markets, its orders, at the time of the run. It is fed by the
 * run's records and keeps bounded lists.
 */
export class ReplayView {
  readonly fills: Record<string, unknown>[] = [];
  readonly orders: Record<string, unknown>[] = [];
  readonly verdicts: Record<string, unknown>[] = [];
  readonly #prepared: PreparedBacktest;
  readonly #rules: readonly InstrumentRules[];
  readonly #markets: (MarketView & { series: { time: number; mid: string }[] })[];
  readonly #counts = { events: 0, fills: 0, approved: 0, denied: 0 };
  readonly #deniedByCode: Record<string, number> = {};
  #position = '0';
  #realised = ZERO_MONEY;
  #fees = ZERO_MONEY;
  #net = ZERO_MONEY;
  #state = 'running';
  #decisionHash = '';
  #at = 0;
  #filledOrder = 0;

  constructor(prepared: PreparedBacktest) {
    this.#prepared = prepared;
    this.#rules = prepared.config.instruments.map(({ definition }) => {
      const rules = instrumentRules(definition);
      if (!rules.ok) throw new Error(`the rules of ${definition.symbol} were checked before`);
      return rules.value;
    });
    this.#markets = this.#rules.map(({ id, venue, symbol, base, quote }) => {
      return { instrument: id, venue, symbol, base, quote, at: 0, series: [] };
    });
  }

  get at(): number {
    return this.#at;
  }

  event(event: MarketInput): void {
    this.#at = event.tsEvent;
    this.#counts.events += 1;
    const rules = this.#rules[event.slot];
    const market = this.#markets[event.slot];
    if (rules === undefined || market === undefined) return;
    if (event.kind === 'quote') {
      const mid = formatPrice(rules, Math.round((event.bidPrice + event.askPrice) / 2) as typeof event.bidPrice);
      this.#change(event.slot, {
        bidPrice: formatPrice(rules, event.bidPrice),
        bidQuantity: formatQuantity(rules, event.bidQuantity),
        askPrice: formatPrice(rules, event.askPrice),
        askQuantity: formatQuantity(rules, event.askQuantity),
        mid,
      });
    } else if (event.kind === 'bar' || event.kind === 'trade') {
      const lastPrice = formatPrice(rules, event.kind === 'bar' ? event.close : event.price);
      // Without quotes the last price stands where the page draws the middle.
      this.#change(event.slot, { lastPrice, ...(market.bidPrice === undefined && { mid: lastPrice }) });
    } else if (event.kind === 'gap' && event.reason !== 'resync') {
      this.#change(event.slot, { gap: event.detail });
    }
  }

  fill(record: FillRecord): ViewEvent[] {
    this.#counts.fills += 1;
    this.#position = record.position;
    this.#fees = (this.#fees + amount(record.fee)) as Money;
    const intentId = this.#intentId(record.order);
    const common = { intentId, runId: this.#prepared.runId, instrument: record.instrument };
    const { at, side, price, quantity, fee, feeCurrency, liquidity } = record;
    const tradeId = `${record.order}-${this.#counts.fills}`;
    const fill = { ...common, tradeId, side, price, quantity, fee, feeCurrency, liquidity, at };
    const order = this.#order(intentId, { ...record, state: 'FILLED', verdict: undefined });
    keep(this.fills, fill);
    const isFirst = record.order !== this.#filledOrder;
    this.#filledOrder = record.order;
    const events: ViewEvent[] = [{ name: 'order', data: order }];
    if (isFirst) {
      this.#counts.approved += 1;
      const verdict = {
        ...common,
        verdictId: `v${intentId}`,
        decision: 'approved',
        detail: {},
        at,
        killEpoch: 0,
        gateEpoch: 0,
      };
      keep(this.verdicts, verdict);
      events.push({ name: 'verdict', data: verdict });
    }
    return [...events, { name: 'fill', data: fill }];
  }

  denial(record: DenialRecord): ViewEvent[] {
    this.#counts.denied += 1;
    this.#deniedByCode[record.code] = (this.#deniedByCode[record.code] ?? 0) + 1;
    const intentId = this.#intentId(record.order);
    const { runId } = this.#prepared;
    const { code, detail, instrument, at } = record;
    const verdict = {
      verdictId: `v${intentId}`,
      intentId,
      runId,
      instrument,
      decision: 'denied',
      code,
      detail,
      at,
      killEpoch: 0,
      gateEpoch: 0,
    };
    keep(this.verdicts, verdict);
    return [
      { name: 'order', data: this.#order(intentId, { ...record, state: 'DENIED', verdict }) },
      { name: 'verdict', data: verdict },
    ];
  }

  roundTrip({ profit }: RoundTrip): void {
    this.#realised = (this.#realised + amount(profit)) as Money;
  }

  progress({ startEquity, equity }: Pick<BacktestProgress, 'startEquity' | 'equity'>): void {
    if (startEquity === undefined || equity === undefined) return;
    this.#net = (amount(equity) - amount(startEquity)) as Money;
  }

  ended({ state, decisionHash, startEquity, endEquity }: ReplaySummary): void {
    this.progress({ startEquity, equity: endEquity });
    this.#state = state;
    this.#decisionHash = decisionHash;
  }

  markets(): unknown[] {
    return this.#markets.map((market) => ({ ...market, trades: [] }));
  }

  status(): Status {
    const { events, fills, approved, denied } = this.#counts;
    const zero = { submitted: approved, unresolved: 0, deadLetters: 0, alerts: 0, breaks: 0, unread: 0 };
    return {
      version: 1,
      at: this.#at,
      startedAt: this.#prepared.info.from,
      tradingState: 'ACTIVE',
      controls: [],
      services: [],
      runs: [this.#run()],
      markets: this.#markets.map(({ series: _, ...market }) => market),
      recon: [],
      counters: {
        marketEvents: events,
        intents: approved + denied,
        approved,
        denied,
        deniedByCode: this.#deniedByCode,
        fills,
        ...zero,
      },
    };
  }

  #run(): RunView {
    const { runId, config } = this.#prepared;
    const { fills, approved, denied, events } = this.#counts;
    const unrealised = (this.#net - this.#realised + this.#fees) as Money;
    return {
      ...{ runId, strategy: config.strategy, account: 'lab', instrument: this.#rules[0]?.id ?? '', stage: 'replay' },
      ...{ state: this.#state, inputs: events, workingOrders: 0, decisionHash: this.#decisionHash },
      ...{ intents: approved + denied, approved, denied, fills, position: this.#position },
      realisedProfit: formatMoney(this.#realised),
      unrealisedProfit: formatMoney(unrealised),
      fees: formatMoney(this.#fees),
      netProfit: formatMoney(this.#net),
    };
  }

  #change(slot: number, change: Partial<MarketView>): void {
    const before = this.#markets[slot];
    if (before === undefined) return;
    const { gap: _, ...rest } = before;
    const market = { ...rest, ...change, at: this.#at };
    this.#markets[slot] = market;
    const time = Math.floor(this.#at / 1_000_000);
    const last = market.series.at(-1);
    if (market.mid === undefined || (last !== undefined && time < last.time)) return;
    if (last?.time === time) last.mid = market.mid;
    else market.series.push({ time, mid: market.mid });
    if (market.series.length > SERIES_MAX) market.series.splice(0, SERIES_MAX / 4);
  }

  #intentId(order: number): string {
    return `${this.#prepared.runId}-${order}`;
  }

  #order(
    intentId: string,
    {
      at,
      side,
      quantity,
      price,
      instrument,
      state,
      verdict,
    }: Pick<FillRecord, 'at' | 'side' | 'quantity' | 'instrument'> & {
      readonly price: string | null;
      readonly state: 'FILLED' | 'DENIED';
      readonly verdict: unknown;
    },
  ): Record<string, unknown> {
    const { runId, config } = this.#prepared;
    const isFilled = state === 'FILLED';
    const order = {
      ...{ intentId, runId, strategy: config.strategy, instrument, origin: 'run', side, quantity, state, verdict },
      ...(price === null || isFilled ? { type: 'market' } : { type: 'limit', price }),
      ...{ filledQuantity: isFilled ? quantity : '0', ...(isFilled && price !== null && { averagePrice: price }) },
      ...{ reason: '', createdAt: at, updatedAt: at, steps: [], fills: [] },
    };
    keep(this.orders, order);
    return order;
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > KEPT_MAX) list.shift();
}

function amount(text: string): Money {
  const parsed = parseMoney(text);
  return parsed.ok ? parsed.value : ZERO_MONEY;
}
