import type { OrderFilled } from '@portcullis/contracts';
import {
  type InputError,
  type Money,
  type PriceTicks,
  type Result,
  assert,
  formatMoney,
  ok,
  parseMoney,
  quantityLots,
} from '@portcullis/kernel';
import { type InstrumentRules, formatQuantity, parsePrice, parseQuantity } from '@portcullis/market';
import { FLAT, type Position, applyFill, feesInQuote, unrealisedProfit } from '@portcullis/portfolio';
import type { StrategyFill } from '@portcullis/strategy';
import { RecentIds } from './recent-ids.ts';

/** Trade ids that are remembered: more than any redelivery can reach back. */
const TRADE_IDS_MAX = 20_000;

/** The position as JSON: money as decimal strings. */
export interface RunBooksSnapshot {
  readonly quantity: number;
  readonly cost: string;
  readonly realised: string;
  readonly feesQuote: string;
  readonly feesBase: string;
  readonly feesOther: Readonly<Record<string, string>>;
  readonly cash: string;
  readonly tradeIds: readonly string[];
}

/** What a run reports of its position: decimal strings, profit and fees in quote currency. */
export interface RunProfit {
  readonly position: string;
  readonly realisedProfit: string;
  readonly unrealisedProfit: string;
  readonly fees: string;
}

/** Position and profit of one run, from its fills, each trade id once (S9). */
export class RunBooks {
  readonly #rules: InstrumentRules;
  readonly #tradeIds = new RecentIds(TRADE_IDS_MAX);
  #position: Position = FLAT;

  constructor(rules: InstrumentRules) {
    this.#rules = rules;
  }

  get position(): Position {
    return this.#position;
  }

  /** Books a fill; undefined when its trade id was booked before, an error when its numbers cannot be right. */
  book(event: OrderFilled): Result<StrategyFill | undefined, InputError> {
    const price = parsePrice(this.#rules, event.price);
    if (!price.ok) return price;
    const quantity = parseQuantity(this.#rules, event.quantity);
    if (!quantity.ok) return quantity;
    const fee = parseMoney(event.fee, 'fee');
    if (!fee.ok) return fee;
    if (quantity.value <= 0) {
      return { ok: false, error: { field: 'quantity', value: event.quantity, expected: 'a quantity above zero' } };
    }
    if (!this.#tradeIds.add(event.tradeId)) return ok(undefined);
    const { clientOrderId, tradeId, side, feeCurrency, liquidity } = event;
    const fill = {
      clientOrderId,
      tradeId,
      side,
      price: price.value,
      quantity: quantity.value,
      fee: fee.value,
      feeCurrency,
      liquidity,
    };
    this.#position = applyFill(this.#rules, this.#position, fill);
    return ok(fill);
  }

  /** `mark`: the price for what is open; without one nothing is unrealised. */
  profit(mark: PriceTicks | undefined): RunProfit {
    const position = this.#position;
    return {
      position: formatQuantity(this.#rules, position.quantity),
      realisedProfit: formatMoney(position.realised),
      unrealisedProfit: mark === undefined ? '0' : formatMoney(unrealisedProfit(this.#rules, position, mark)),
      fees: formatMoney(mark === undefined ? position.feesQuote : feesInQuote(this.#rules, position, mark)),
    };
  }

  snapshot(): RunBooksSnapshot {
    const { quantity, cost, realised, feesQuote, feesBase, feesOther, cash } = this.#position;
    return {
      quantity,
      cost: formatMoney(cost),
      realised: formatMoney(realised),
      feesQuote: formatMoney(feesQuote),
      feesBase: formatMoney(feesBase),
      feesOther: Object.fromEntries(Object.entries(feesOther).map(([currency, fee]) => [currency, formatMoney(fee)])),
      cash: formatMoney(cash),
      tradeIds: this.#tradeIds.snapshot(),
    };
  }

  restore(snapshot: RunBooksSnapshot): void {
    this.#position = {
      quantity: quantityLots(snapshot.quantity),
      cost: amount(snapshot.cost),
      realised: amount(snapshot.realised),
      feesQuote: amount(snapshot.feesQuote),
      feesBase: amount(snapshot.feesBase),
      feesOther: Object.fromEntries(
        Object.entries(snapshot.feesOther).map(([currency, fee]) => [currency, amount(fee)]),
      ),
      cash: amount(snapshot.cash),
    };
    this.#tradeIds.restore(snapshot.tradeIds);
  }
}

function amount(text: string): Money {
  const parsed = parseMoney(text);
  assert(parsed.ok, `the snapshot holds ${text}, which is no amount`);
  return parsed.value;
}
