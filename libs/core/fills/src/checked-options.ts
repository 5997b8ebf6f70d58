import { type InputError, type Result, err, ok } from '@portcullis/kernel';
import {
  FILL_MODELS,
  type ExecutionConfig,
  type Latency,
  QUEUE_MODELS,
  type Slippage,
  type TradedInstrument,
} from './execution-config.ts';
import type { ExecutionOptions } from './execution-engine.ts';

const MILLION = 1_000_000;
/** A fee of all of the value: more is a slip of the decimal point. */
const RATE_MAX = 100_000_000;
const BASIS_POINTS_MAX = 10_000;
/** An hour: more is a slip of the unit. */
const LATENCY_MICROS_MAX = 3_600_000_000;
/** A run trades a handful; thousands still work. */
const INSTRUMENTS_MAX = 10_000;

type Checked = Result<undefined, InputError>;
const FINE: Checked = ok(undefined);

/** Refuses options that cannot be meant, with the field, the value and what was expected. */
export function checkOptions({ config, instruments, balances }: ExecutionOptions): Checked {
  const checked = checkConfig(config);
  if (!checked.ok) return checked;
  if (instruments.length === 0 || instruments.length > INSTRUMENTS_MAX) {
    return wrong('instruments', instruments.length, `1 to ${INSTRUMENTS_MAX} instruments`);
  }
  const ids = new Set<string>();
  for (const [at, instrument] of instruments.entries()) {
    const field = `instruments[${at}]`;
    if (ids.has(instrument.rules.id)) return wrong(field, instrument.rules.id, 'each instrument once');
    ids.add(instrument.rules.id);
    const fine = checkInstrument(instrument, field);
    if (!fine.ok) return fine;
  }
  if (balances === 'unlimited') return FINE;
  for (const [currency, amount] of balances) {
    if (typeof amount !== 'bigint' || amount < 0n) {
      return wrong(`balances.${currency}`, String(amount), 'an amount from zero');
    }
  }
  return FINE;
}

function checkConfig({ model, latency, queue, slippage, participationMax, seed }: ExecutionConfig): Checked {
  if (!FILL_MODELS.includes(model)) return wrong('model', model, `one of ${FILL_MODELS.join(', ')}`);
  if (!QUEUE_MODELS.includes(queue)) return wrong('queue', queue, `one of ${QUEUE_MODELS.join(', ')}`);
  if (!isWhole(participationMax, 0, MILLION)) {
    return wrong('participationMax', participationMax, `whole millionths from 0 to ${MILLION}`);
  }
  if (typeof seed !== 'string') return wrong('seed', seed, 'a text');
  const checked = checkLatency(latency);
  return checked.ok ? checkSlippage(slippage) : checked;
}

function checkLatency(latency: Latency): Checked {
  const fields: (keyof Latency)[] = ['feedMicros', 'orderMicros', 'cancelMicros', 'answerMicros', 'jitterMicros'];
  for (const field of fields) {
    if (!isWhole(latency[field], 0, LATENCY_MICROS_MAX)) {
      return wrong(`latency.${field}`, latency[field], 'whole microseconds from 0 to an hour');
    }
  }
  return FINE;
}

function checkSlippage(slippage: Slippage): Checked {
  const points = `hundredths of a percent from 0 to ${BASIS_POINTS_MAX}`;
  switch (slippage.kind) {
    case 'none':
      return FINE;
    case 'ticks':
      return isWhole(slippage.ticks, 0, Number.MAX_SAFE_INTEGER)
        ? FINE
        : wrong('slippage.ticks', slippage.ticks, 'whole ticks from 0');
    case 'basis-points':
      return isBetween(slippage.basisPoints, 0, BASIS_POINTS_MAX)
        ? FINE
        : wrong('slippage.basisPoints', slippage.basisPoints, points);
    case 'square-root':
      return isBetween(slippage.coefficientBps, 0, BASIS_POINTS_MAX)
        ? FINE
        : wrong('slippage.coefficientBps', slippage.coefficientBps, points);
    default:
      return wrong('slippage.kind', (slippage as { kind: unknown }).kind, 'none, ticks, basis-points or square-root');
  }
}

function checkInstrument(instrument: TradedInstrument, field: string): Checked {
  const { rules, contract, fees, feeCurrency } = instrument;
  if (contract !== 'spot' && contract !== 'linear') return wrong(`${field}.contract`, contract, 'spot or linear');
  if (feeCurrency !== 'quote' && feeCurrency !== 'received') {
    return wrong(`${field}.feeCurrency`, feeCurrency, 'quote or received');
  }
  if (rules.base === rules.quote) return wrong(`${field}.base`, rules.base, 'another currency than the quote currency');
  if (fees.length === 0) return wrong(`${field}.fees`, '', 'at least one rung, from 0');
  for (const [at, rung] of fees.entries()) {
    const name = `${field}.fees[${at}]`;
    const least = at === 0 ? 0n : (fees[at - 1]?.volumeFrom ?? 0n);
    if (at === 0 ? rung.volumeFrom !== 0n : rung.volumeFrom <= least) {
      return wrong(`${name}.volumeFrom`, rung.volumeFrom, at === 0 ? '0' : 'more than the rung before');
    }
    for (const key of ['makerRate', 'takerRate'] as const) {
      if (!isWhole(rung[key], -RATE_MAX, RATE_MAX)) {
        return wrong(`${name}.${key}`, rung[key], 'whole 10^-8 of the value, at most all of it');
      }
    }
  }
  return contract === 'linear' ? checkMargins(instrument, field) : FINE;
}

function checkMargins({ initialMargin, maintenanceMargin, liquidationFee }: TradedInstrument, field: string): Checked {
  if (!isWhole(initialMargin, 1, MILLION)) {
    return wrong(`${field}.initialMargin`, initialMargin, `whole millionths from 1 to ${MILLION}`);
  }
  if (!isWhole(maintenanceMargin, 0, initialMargin)) {
    return wrong(`${field}.maintenanceMargin`, maintenanceMargin, 'whole millionths up to the initial margin');
  }
  if (liquidationFee === undefined || isWhole(liquidationFee, 0, MILLION)) return FINE;
  return wrong(`${field}.liquidationFee`, liquidationFee, `whole millionths from 0 to ${MILLION}`);
}

function isWhole(value: number, low: number, high: number): boolean {
  return Number.isSafeInteger(value) && value >= low && value <= high;
}

function isBetween(value: number, low: number, high: number): boolean {
  return typeof value === 'number' && value >= low && value <= high;
}

function wrong(field: string, value: unknown, expected: string): Checked {
  return err({ field, value: String(value), expected });
}
