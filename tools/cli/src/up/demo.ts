import type { GateLimits, InstrumentDefinitionMessage } from '@portcullis/contracts';
import { compareDecimals, formatDecimal, parseDecimal, pow10 } from '@portcullis/kernel';

/** What the platform trades when nobody says otherwise. */
export const GENERATED_INSTRUMENT: InstrumentDefinitionMessage = {
  venue: 'venuesim',
  symbol: 'BTCUSDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: '0.01',
  lotSize: '0.00001',
  quantityMin: '0.00001',
  quantityMax: '9000',
  priceMin: '0.01',
  priceMax: '1000000',
  notionalMin: '5',
};
export const GENERATED_PRICE = '60000';

/** Value of one order of the demo in quote currency: far above any venue's smallest, far below the account. */
const ORDER_VALUE = 200n;
/** What the account begins with: base for this many orders, and the same again in quote currency. */
const ORDERS_FUNDED = 500n;

/** Quantities of the demo, on the instrument's increments. */
export interface DemoSizes {
  /** One order, in base currency. */
  readonly order: string;
  /** The quoting run's own idea of enough. */
  readonly inventoryMax: string;
  /** The gate's idea of enough for that run: less, so that the gate has something to say. */
  readonly runPositionMax: string;
  readonly accountPositionMax: string;
  readonly orderNotionalMax: string;
  readonly balances: Readonly<Record<string, string>>;
  /** One basis point of the price, in ticks: the measure of what the quoting run keeps between the middle and its quotes. */
  readonly basisPointTicks: number;
}

/** Sizes that fit an instrument at a price level: the same for the same arguments. */
export function demoSizes(instrument: InstrumentDefinitionMessage, price: string): DemoSizes {
  const lots = (value: bigint): bigint => lotsOf(instrument, price, value);
  const text = (count: bigint): string => quantityText(instrument, count);
  const one = lots(ORDER_VALUE);
  // An instrument whose single lot is worth more than that has larger orders, and limits and an account to match.
  const value = valueOf(instrument, price, one);
  return {
    order: text(one),
    inventoryMax: text(one * 4n),
    runPositionMax: text(one * 3n),
    accountPositionMax: text(one * 6n),
    orderNotionalMax: String(value * 3n),
    balances: { [instrument.base]: text(one * ORDERS_FUNDED), [instrument.quote]: String(value * ORDERS_FUNDED) },
    basisPointTicks: ticksOfBasisPoint(instrument, price),
  };
}

/** The limits of the demo's account. Each rule of the gate finds what it needs; a missing limit would deny. */
export function demoLimits(sizes: DemoSizes): GateLimits {
  return {
    limitsVersion: 1,
    entries: [
      {
        scope: 'account',
        limits: {
          orderNotionalMax: sizes.orderNotionalMax,
          positionMax: sizes.accountPositionMax,
          collarBasisPoints: 100,
          spreadBasisPointsMax: 50,
          markAgeMillisMax: 5000,
          orderRate: { count: 100, windowMillis: 10_000 },
          reductionRate: { count: 100, windowMillis: 10_000 },
        },
      },
      { scope: 'run.quote-1', limits: { positionMax: sizes.runPositionMax } },
    ],
  };
}

interface Exact {
  readonly units: bigint;
  readonly scale: number;
}

function exact(text: string, field: string): Exact {
  const parsed = parseDecimal(text, field);
  if (!parsed.ok) throw new Error(`${field} is ${text}, expected ${parsed.error.expected}`);
  return parsed.value;
}

/** Lots worth at least `value` of quote currency, and never less than the instrument's own least. */
function lotsOf(instrument: InstrumentDefinitionMessage, price: string, value: bigint): bigint {
  const [lot, rate, least] = [
    exact(instrument.lotSize, 'lotSize'),
    exact(price, 'price'),
    exact(instrument.quantityMin, 'quantityMin'),
  ];
  const perLot = lot.units * rate.units;
  const scale = lot.scale + rate.scale;
  // Three times the smallest order value, so that a price that falls does not make the orders too small.
  const smallest = exact(instrument.notionalMin, 'notionalMin');
  const wanted =
    compareDecimals({ units: smallest.units * 3n, scale: smallest.scale }, { units: value, scale: 0 }) > 0
      ? { units: smallest.units * 3n, scale: smallest.scale }
      : { units: value, scale: 0 };
  const lots = (wanted.units * pow10(scale) + perLot * pow10(wanted.scale) - 1n) / (perLot * pow10(wanted.scale));
  const leastLots = (least.units * pow10(lot.scale)) / (lot.units * pow10(least.scale));
  return lots > leastLots ? lots : leastLots;
}

/** What that many lots are worth, in whole units of quote currency, rounded up, and never less than {@link ORDER_VALUE}. */
function valueOf(instrument: InstrumentDefinitionMessage, price: string, lots: bigint): bigint {
  const [lot, rate] = [exact(instrument.lotSize, 'lotSize'), exact(price, 'price')];
  const whole = pow10(lot.scale + rate.scale);
  const value = (lots * lot.units * rate.units + whole - 1n) / whole;
  // One lot more than asked for is rounding, not another size of order.
  return value <= ORDER_VALUE * 2n ? ORDER_VALUE : value;
}

function ticksOfBasisPoint(instrument: InstrumentDefinitionMessage, price: string): number {
  const [tick, rate] = [exact(instrument.tickSize, 'tickSize'), exact(price, 'price')];
  const ticks = Number((rate.units * pow10(tick.scale)) / (tick.units * pow10(rate.scale) * 10_000n));
  return Math.max(1, ticks);
}

function quantityText(instrument: InstrumentDefinitionMessage, count: bigint): string {
  const lot = exact(instrument.lotSize, 'lotSize');
  return formatDecimal(count * lot.units, lot.scale);
}
