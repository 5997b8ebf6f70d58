import { type ExecutionEngine, type FeeTier, type TradedInstrument, executionEngine } from '@portcullis/fills';
import {
  type InputError,
  type Money,
  type Result,
  base36OfHex,
  contentHash,
  err,
  ok,
  parseDecimal,
  parseMoney,
  required,
  rescaleExact,
} from '@portcullis/kernel';
import { type InstrumentRules, instrumentRules } from '@portcullis/market';
import { InProcessGate } from '@portcullis/risk';
import { ERROR_POLICIES, RunKernel } from '@portcullis/run';
import type { Strategy, StrategyInstance } from '@portcullis/strategy';
import { Currencies } from './currencies.ts';
import { ORDERINGS, type ReplayConfig, type ReplayInstrument, type RunDigests } from './replay-config.ts';

/** Instruments of one run: each event looks at each slot no more than once, but marks and samples look at all of them. */
export const INSTRUMENTS_MAX = 1000;
/** The shortest period of timers, microseconds: shorter ones would outnumber any data. */
export const TIMER_MICROS_MIN = 1000;
/** The longest latency of the feed with its jitter, microseconds: what is on its way is held in memory. */
export const FEED_MICROS_MAX = 3_600_000_000;

const ACCOUNT = 'replay';
const RUN_ID_LENGTH = 20;
const RATE_DIGITS = 8;
const MARGIN_DIGITS = 6;
const MARGIN_ONE = 10 ** MARGIN_DIGITS;

/** A replay that was checked. It makes the parts of any number of runs, which share nothing. */
export interface PreparedReplay {
  /** `rp-` and 20 characters of `[0-9a-z]`, derived from the digests and the seed. */
  readonly runId: string;
  readonly config: ReplayConfig;
  readonly digests: RunDigests;
  /** By slot. */
  readonly instruments: readonly TradedInstrument[];
  readonly currencies: Currencies;
  /** What equity begins with, by currency. */
  readonly start: ReadonlyMap<string, Money>;
  strategy(): StrategyInstance;
  kernel(strategy: StrategyInstance): RunKernel;
  gate(): InProcessGate;
  engine(): ExecutionEngine;
}

/** Checks a configuration against the catalogue and all that it names; the error says which field is wrong and how. */
export function prepareReplay(
  config: ReplayConfig,
  digests: Pick<RunDigests, 'data' | 'code'>,
  catalogue: readonly Strategy[],
): Result<PreparedReplay, InputError> {
  const refused = wrongNumber(config) ?? wrongTerms(config);
  if (refused !== undefined) return err(refused);
  const instruments = tradedInstruments(config.instruments);
  if (!instruments.ok) return instruments;
  const rules = instruments.value.map((instrument) => instrument.rules);
  const balances = balancesOf(config.account.balances);
  if (!balances.ok) return balances;
  const start = startOf(config.account, balances.value);
  if (!start.ok) return start;
  const held = balances.value === 'unlimited' ? [] : [...balances.value.keys()];
  const currencies = Currencies.of(config.account.currency, rules, held);
  if (!currencies.ok) return currencies;
  const entry = catalogue.find(({ name }) => name === config.strategy);
  if (entry === undefined) {
    const names = catalogue.map(({ name }) => name).join(', ');
    return err({ field: 'strategy', value: config.strategy, expected: `one of ${names}` });
  }
  const all: RunDigests = { data: digests.data, code: digests.code, config: configDigest(config) };
  const runId = `rp-${base36OfHex(contentHash([all.data, all.code, all.config, config.seed]), RUN_ID_LENGTH)}`;
  const instance = (): Result<StrategyInstance, InputError> => entry.create(config.parameters, rules);
  const gate = (): Result<InProcessGate, InputError> =>
    InProcessGate.of({ account: ACCOUNT, runId, strategy: config.strategy, instruments: rules, limits: config.limits });
  const engine = (): Result<ExecutionEngine, InputError> =>
    executionEngine({
      config: { ...config.execution, seed: config.seed },
      instruments: instruments.value,
      balances: balances.value,
    });
  const first = instance();
  if (!first.ok) return first;
  const failed = wrongPeriods(first.value) ?? errorOf(gate()) ?? errorOf(engine());
  if (failed !== undefined) return err(failed);
  return ok({
    runId,
    config,
    digests: all,
    instruments: instruments.value,
    currencies: currencies.value,
    start: start.value,
    strategy: () => again(instance()),
    kernel: (strategy) => kernelOf(config, rules, { strategy, digest: all.config }),
    gate: () => again(gate()),
    engine: () => again(engine()),
  });
}

function kernelOf(
  config: ReplayConfig,
  instruments: readonly InstrumentRules[],
  of: { readonly strategy: StrategyInstance; readonly digest: string },
): RunKernel {
  const { strategy: strategyName, expiryMicros, errorPolicy, errorsMax } = config;
  // Nothing kills a replay, so no scope of kills covers it.
  return new RunKernel({ ...of, strategyName, instruments, scopes: [], expiryMicros, errorPolicy, errorsMax });
}

/** What succeeded once with the same arguments, made anew for another run. */
function again<T>(result: Result<T, InputError>): T {
  return required(result.ok ? result.value : undefined, 'part of a replay that was prepared');
}

function errorOf(result: Result<unknown, InputError>): InputError | undefined {
  return result.ok ? undefined : result.error;
}

function wrongTerms(config: ReplayConfig): InputError | undefined {
  const { execution, errorsMax, expiryMicros, ordering, errorPolicy, instruments } = config;
  if (!ORDERINGS.includes(ordering)) return wrong('ordering', ordering, `one of ${ORDERINGS.join(', ')}`);
  if (!ERROR_POLICIES.includes(errorPolicy)) {
    return wrong('errorPolicy', errorPolicy, `one of ${ERROR_POLICIES.join(', ')}`);
  }
  if (!(errorsMax >= 0)) return wrong('errorsMax', errorsMax, 'a whole number from zero');
  if (!(expiryMicros > 0)) return wrong('expiryMicros', expiryMicros, 'a whole number of microseconds above zero');
  const { feedMicros, jitterMicros } = execution.latency;
  if (!(feedMicros >= 0) || !(jitterMicros >= 0) || feedMicros + jitterMicros > FEED_MICROS_MAX) {
    return wrong('execution.latency.feedMicros', feedMicros, `with the jitter 0 to ${FEED_MICROS_MAX} microseconds`);
  }
  if (instruments.length === 0 || instruments.length > INSTRUMENTS_MAX) {
    return wrong('instruments', instruments.length, `1 to ${INSTRUMENTS_MAX} of them`);
  }
  return undefined;
}

function wrongPeriods({ timerMicros, barMicros }: StrategyInstance): InputError | undefined {
  const isRight = (period: number | undefined): boolean =>
    period === undefined || (Number.isSafeInteger(period) && period >= TIMER_MICROS_MIN);
  const expected = `a whole number of microseconds from ${TIMER_MICROS_MIN}`;
  if (!isRight(timerMicros)) return wrong("the strategy's timerMicros", timerMicros, expected);
  return isRight(barMicros) ? undefined : wrong("the strategy's barMicros", barMicros, expected);
}

function tradedInstruments(given: readonly ReplayInstrument[]): Result<readonly TradedInstrument[], InputError> {
  const made: TradedInstrument[] = [];
  const ids = new Set<string>();
  for (const [slot, instrument] of given.entries()) {
    const field = `instruments.${slot}`;
    const rules = instrumentRules(instrument.definition);
    if (!rules.ok) return err({ ...rules.error, field: `${field}.definition.${rules.error.field}` });
    if (ids.has(rules.value.id)) return err(wrong(field, rules.value.id, 'each instrument once'));
    ids.add(rules.value.id);
    const traded = tradedInstrument(instrument, rules.value, field);
    if (!traded.ok) return traded;
    made.push(traded.value);
  }
  return ok(made);
}

function tradedInstrument(
  instrument: ReplayInstrument,
  rules: InstrumentRules,
  field: string,
): Result<TradedInstrument, InputError> {
  const fees: FeeTier[] = [];
  for (const [index, tier] of instrument.fees.entries()) {
    const at = `${field}.fees.${index}`;
    const volumeFrom = parseMoney(tier.volumeFrom, `${at}.volumeFrom`);
    if (!volumeFrom.ok) return volumeFrom;
    const maker = fraction(tier.maker, RATE_DIGITS, `${at}.maker`);
    if (!maker.ok) return maker;
    const taker = fraction(tier.taker, RATE_DIGITS, `${at}.taker`);
    if (!taker.ok) return taker;
    const before = fees.at(-1)?.volumeFrom;
    const fits = before === undefined ? volumeFrom.value === 0n : volumeFrom.value > before;
    if (!fits) return err(wrong(`${at}.volumeFrom`, tier.volumeFrom, 'rising volumes, the first of them "0"'));
    fees.push({ volumeFrom: volumeFrom.value, makerRate: maker.value, takerRate: taker.value });
  }
  if (fees.length === 0) return err(wrong(`${field}.fees`, '[]', 'one tier at least, from "0"'));
  const initial = fraction(instrument.initialMargin, MARGIN_DIGITS, `${field}.initialMargin`);
  if (!initial.ok) return initial;
  const maintenance = fraction(instrument.maintenanceMargin, MARGIN_DIGITS, `${field}.maintenanceMargin`);
  if (!maintenance.ok) return maintenance;
  if (initial.value <= 0 || initial.value > MARGIN_ONE) {
    return err(wrong(`${field}.initialMargin`, instrument.initialMargin, 'a fraction above "0", at most "1"'));
  }
  if (maintenance.value < 0 || maintenance.value > initial.value) {
    const expected = `a fraction from "0" to the initial margin of ${instrument.initialMargin}`;
    return err(wrong(`${field}.maintenanceMargin`, instrument.maintenanceMargin, expected));
  }
  const { contract, feeCurrency } = instrument;
  if (contract === 'linear' && feeCurrency === 'received') {
    return err(wrong(`${field}.feeCurrency`, feeCurrency, '"quote" for a linear contract'));
  }
  return ok({
    rules,
    contract,
    fees,
    feeCurrency,
    initialMargin: initial.value,
    maintenanceMargin: maintenance.value,
  });
}

/** A decimal string in whole units of 10^-`digits`. */
function fraction(text: string, digits: number, field: string): Result<number, InputError> {
  const decimal = parseDecimal(text, field);
  if (!decimal.ok) return decimal;
  const units = rescaleExact(decimal.value, digits);
  const value = units === undefined ? NaN : Number(units);
  return Number.isSafeInteger(value)
    ? ok(value)
    : err(wrong(field, text, `a fraction with at most ${digits} digits after the point`));
}

function balancesOf(
  given: ReplayConfig['account']['balances'],
): Result<ReadonlyMap<string, Money> | 'unlimited', InputError> {
  if (given === 'unlimited') return ok(given);
  const balances = new Map<string, Money>();
  for (const [currency, text] of Object.entries(given)) {
    const amount = parseMoney(text, `account.balances.${currency}`);
    if (!amount.ok) return amount;
    if (amount.value < 0n) return err(wrong(`account.balances.${currency}`, text, 'an amount from zero'));
    balances.set(currency, amount.value);
  }
  return ok(balances);
}

/** What equity begins with. */
function startOf(
  { currency, capital }: ReplayConfig['account'],
  balances: ReadonlyMap<string, Money> | 'unlimited',
): Result<ReadonlyMap<string, Money>, InputError> {
  if (capital === undefined) return ok(balances === 'unlimited' ? new Map() : balances);
  if (balances !== 'unlimited') return err(wrong('account.capital', capital, 'none beside balances, which say it'));
  const amount = parseMoney(capital, 'account.capital');
  if (!amount.ok) return amount;
  if (amount.value < 0n) return err(wrong('account.capital', capital, 'an amount from zero'));
  return ok(new Map([[currency, amount.value]]));
}

/** Of everything in it. Parameters may have fractions, so they are in it as JSON text with sorted keys (RFC 8785). */
function configDigest(config: ReplayConfig): string {
  return contentHash({ ...config, parameters: JSON.stringify(sorted(config.parameters)) });
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}

function wrongNumber({ parameters, ...others }: ReplayConfig): InputError | undefined {
  const isWhole = (value: number): boolean => Number.isSafeInteger(value) && !Object.is(value, -0);
  return (
    oddNumber(parameters, 'parameters', { isRight: Number.isFinite, expected: 'a number' }) ??
    oddNumber(others, '', { isRight: isWhole, expected: 'a whole number, or a decimal string' })
  );
}

/** Digests have one spelling of each number that is right. */
function oddNumber(
  value: unknown,
  field: string,
  rule: { readonly isRight: (value: number) => boolean; readonly expected: string },
): InputError | undefined {
  if (typeof value === 'number' && !rule.isRight(value)) return wrong(field, value, rule.expected);
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, member] of Object.entries(value)) {
    const odd = oddNumber(member, field === '' ? key : `${field}.${key}`, rule);
    if (odd !== undefined) return odd;
  }
  return undefined;
}

function wrong(field: string, value: unknown, expected: string): InputError {
  return { field, value: String(value), expected };
}
