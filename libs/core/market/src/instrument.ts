import {
  type InputError,
  MONEY_SCALE,
  type Money,
  type PriceTicks,
  type QuantityLots,
  type Result,
  assert,
  err,
  formatDecimal,
  money,
  ok,
  parseDecimal,
  pow10,
  priceTicks,
  quantityLots,
  rescaleExact,
} from '@portcullis/kernel';

/** `<symbol>.<venue>`. */
export function instrumentIdOf(venue: string, symbol: string): string {
  return `${symbol}.${venue}`;
}

/** Splits `<symbol>.<venue>` at its last dot. */
export function splitInstrumentId(id: string): { readonly symbol: string; readonly venue: string } {
  const at = id.lastIndexOf('.');
  assert(at > 0 && at < id.length - 1, `instrument id ${id} is not <symbol>.<venue>`);
  return { symbol: id.slice(0, at), venue: id.slice(at + 1) };
}

/** An increment as an exact decimal: every price is a multiple of `tickSize`, every quantity of `lotSize`. */
interface Increment {
  readonly units: bigint;
  readonly scale: number;
}

/** The rules of one instrument, all exact. Made by {@link instrumentRules}. */
export interface InstrumentRules {
  readonly id: string;
  readonly venue: string;
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly tickSize: Increment;
  readonly lotSize: Increment;
  /** Money (quote currency) of one lot at a price of one tick. */
  readonly moneyPerTickLot: bigint;
  /** Base currency, as money, of one lot. */
  readonly moneyPerLot: bigint;
  readonly quantityMin: QuantityLots;
  readonly quantityMax: QuantityLots;
  readonly priceMin: PriceTicks;
  readonly priceMax: PriceTicks;
  /** Smallest order value in quote currency. */
  readonly notionalMin: Money;
}

/** The rules as they travel in configuration: decimal strings. */
export interface InstrumentDefinition {
  readonly venue: string;
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly tickSize: string;
  readonly lotSize: string;
  readonly quantityMin: string;
  readonly quantityMax: string;
  readonly priceMin: string;
  readonly priceMax: string;
  readonly notionalMin: string;
}

function increment(text: string, field: string): Result<Increment, InputError> {
  const decimal = parseDecimal(text, field);
  if (!decimal.ok) return decimal;
  if (decimal.value.units <= 0n) return err({ field, value: text, expected: 'a decimal above zero' });
  const short = formatDecimal(decimal.value.units, decimal.value.scale);
  return parseDecimal(short, field);
}

/** Checks a definition and makes the exact rules. Refuses increments whose product needs more than 12 digits. */
export function instrumentRules(definition: InstrumentDefinition): Result<InstrumentRules, InputError> {
  const tick = increment(definition.tickSize, 'tickSize');
  if (!tick.ok) return tick;
  const lot = increment(definition.lotSize, 'lotSize');
  if (!lot.ok) return lot;
  const scale = tick.value.scale + lot.value.scale;
  if (scale > MONEY_SCALE) {
    const value = `${definition.tickSize} and ${definition.lotSize}`;
    return err({
      field: 'tickSize and lotSize',
      value,
      expected: `together at most ${MONEY_SCALE} digits after the point`,
    });
  }
  const bare = {
    id: instrumentIdOf(definition.venue, definition.symbol),
    venue: definition.venue,
    symbol: definition.symbol,
    base: definition.base,
    quote: definition.quote,
    tickSize: tick.value,
    lotSize: lot.value,
    moneyPerTickLot: tick.value.units * lot.value.units * pow10(MONEY_SCALE - scale),
    moneyPerLot: lot.value.units * pow10(MONEY_SCALE - lot.value.scale),
  };
  const quantityMin = toLots(bare, definition.quantityMin, 'quantityMin');
  if (!quantityMin.ok) return quantityMin;
  const quantityMax = toLots(bare, definition.quantityMax, 'quantityMax');
  if (!quantityMax.ok) return quantityMax;
  const priceMin = toTicks(bare, definition.priceMin, 'priceMin');
  if (!priceMin.ok) return priceMin;
  const priceMax = toTicks(bare, definition.priceMax, 'priceMax');
  if (!priceMax.ok) return priceMax;
  const notionalMin = parseDecimal(definition.notionalMin, 'notionalMin');
  if (!notionalMin.ok) return notionalMin;
  const least = rescaleExact(notionalMin.value, MONEY_SCALE);
  if (least === undefined) {
    return err({
      field: 'notionalMin',
      value: definition.notionalMin,
      expected: `at most ${MONEY_SCALE} digits after the point`,
    });
  }
  return ok({
    ...bare,
    quantityMin: quantityMin.value,
    quantityMax: quantityMax.value,
    priceMin: priceMin.value,
    priceMax: priceMax.value,
    notionalMin: money(least),
  });
}

function multiples(text: string, step: Increment, field: string, what: string): Result<number, InputError> {
  const decimal = parseDecimal(text, field);
  if (!decimal.ok) return decimal;
  const units = rescaleExact(decimal.value, step.scale);
  if (units === undefined || units % step.units !== 0n) {
    return err({ field, value: text, expected: `a multiple of the ${what} ${formatDecimal(step.units, step.scale)}` });
  }
  const count = Number(units / step.units);
  if (!Number.isSafeInteger(count)) {
    return err({ field, value: text, expected: `at most ${Number.MAX_SAFE_INTEGER} times the ${what}` });
  }
  return ok(count);
}

function toTicks(
  rules: Pick<InstrumentRules, 'tickSize'>,
  text: string,
  field: string,
): Result<PriceTicks, InputError> {
  const count = multiples(text, rules.tickSize, field, 'tick size');
  return count.ok ? ok(priceTicks(count.value)) : count;
}

function toLots(
  rules: Pick<InstrumentRules, 'lotSize'>,
  text: string,
  field: string,
): Result<QuantityLots, InputError> {
  const count = multiples(text, rules.lotSize, field, 'lot size');
  return count.ok ? ok(quantityLots(count.value)) : count;
}

/** A price string as ticks; anything off the tick size is refused, never rounded. */
export function parsePrice(rules: InstrumentRules, text: string, field = 'price'): Result<PriceTicks, InputError> {
  return toTicks(rules, text, field);
}

/** A quantity string as lots; anything off the lot size is refused, never rounded. */
export function parseQuantity(
  rules: InstrumentRules,
  text: string,
  field = 'quantity',
): Result<QuantityLots, InputError> {
  return toLots(rules, text, field);
}

/**
 * What others trade, as lots, rounded down: a venue that changed its lot size still shows older orders that lie off it
 * (seen in Binance's BTCUSDT book: 25.426189 beside a lot of 0.00001). Never for a quantity of ours.
 */
export function parseMarketQuantity(
  rules: InstrumentRules,
  text: string,
  field = 'quantity',
): Result<QuantityLots, InputError> {
  const decimal = parseDecimal(text, field);
  if (!decimal.ok) return decimal;
  const { units, scale } = decimal.value;
  const count = Number((units * pow10(rules.lotSize.scale)) / (rules.lotSize.units * pow10(scale)));
  if (units < 0n || !Number.isSafeInteger(count)) {
    return err({ field, value: text, expected: `between zero and ${Number.MAX_SAFE_INTEGER} times the lot size` });
  }
  return ok(quantityLots(count));
}

export function formatPrice(rules: InstrumentRules, ticks: PriceTicks): string {
  return formatDecimal(BigInt(ticks) * rules.tickSize.units, rules.tickSize.scale);
}

export function formatQuantity(rules: InstrumentRules, lots: QuantityLots): string {
  return formatDecimal(BigInt(lots) * rules.lotSize.units, rules.lotSize.scale);
}

/** Price times quantity in the quote currency, exact. */
export function notional(rules: InstrumentRules, ticks: PriceTicks, lots: QuantityLots): Money {
  return money(BigInt(ticks) * BigInt(lots) * rules.moneyPerTickLot);
}

/** A quantity as an amount of the base currency, exact. */
export function baseAmount(rules: InstrumentRules, lots: QuantityLots): Money {
  return money(BigInt(lots) * rules.moneyPerLot);
}
