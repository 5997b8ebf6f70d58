import type { InputError } from '@portcullis/kernel';
import type { InstrumentDefinition } from '@portcullis/market';
import type { ReplayConfig } from '@portcullis/replay';
import type { z } from 'zod';
import { BacktestError } from '../backtest-error.ts';
import type { DataInfo } from '../dataset/input-batch.ts';
import { type BacktestRequest, backtestRequestSchema, CAPITAL } from '../request/backtest-request.ts';
import { LAB_LIMITS } from '../request/lab-limits.ts';

const MILLION = 6;

/** Checks a request's shape. Throws BacktestError naming each field, its value and what is expected. */
export function checkedRequest(given: unknown): BacktestRequest {
  const parsed = backtestRequestSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw BacktestError.of(...parsed.error.issues.flatMap((issue) => inputErrors(issue, given)));
}

function inputErrors(issue: z.core.$ZodIssue, given: unknown): InputError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const field = [...issue.path, key].map(String).join('.');
      return { field, value: shown(valueAt(given, [...issue.path, key])), expected: 'no such field' };
    });
  }
  const field = issue.path.map(String).join('.');
  const expected = issue.message.replace(/^Invalid (input|option): expected /, '').replace(/^expected /, '');
  return [{ field: field === '' ? 'request' : field, value: shown(valueAt(given, issue.path)), expected }];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (at !== null && typeof at === 'object' ? (at as Record<PropertyKey, unknown>)[key] : undefined),
    value,
  );
}

function shown(value: unknown): string {
  if (value === undefined) return '(absent)';
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 80);
}

/** The definitions of a request in the order of the data's instruments. */
export function definitionsBySlot(info: DataInfo, given: readonly InstrumentDefinition[]): InstrumentDefinition[] {
  return info.instruments.map(({ venue, symbol }) => {
    const found = given.find((one) => one.venue === venue && one.symbol === symbol);
    if (found !== undefined) return found;
    const value = given.map((one) => `${one.symbol}.${one.venue}`).join(', ');
    throw BacktestError.of({
      field: 'instruments',
      value,
      expected: `also one of ${symbol}.${venue}, which the data has`,
    });
  });
}

/** The request with everything in it that was left to the data. */
export function filledIn(
  request: BacktestRequest,
  info: DataInfo,
  definitions: readonly InstrumentDefinition[],
): BacktestRequest {
  const kinds = info.kinds.filter((kind) => kind !== 'gap');
  return {
    ...request,
    data: { ...request.data, kinds: [...kinds] },
    instruments: [...definitions],
    limits: request.limits ?? LAB_LIMITS,
    account: filledAccount(request.account, definitions),
  };
}

function filledAccount(
  { currency, balances, capital }: BacktestRequest['account'],
  [first]: readonly InstrumentDefinition[],
): BacktestRequest['account'] {
  const share = capital ?? (balances === 'unlimited' ? CAPITAL : undefined);
  return { currency: currency ?? first?.quote ?? '', balances, ...(share !== undefined && { capital: share }) };
}

/** The configuration of a replay of the strategy of this name that a filled-in request asks for. */
export function configOf(
  strategy: string,
  request: BacktestRequest,
  definitions: readonly InstrumentDefinition[],
): ReplayConfig {
  const { contract, fees, feeCurrency, initialMargin, maintenanceMargin, account } = request;
  return {
    strategy,
    parameters: request.parameters,
    instruments: definitions.map((definition) => ({
      definition,
      contract,
      fees,
      feeCurrency,
      initialMargin,
      maintenanceMargin,
    })),
    execution: {
      model: request.fill,
      latency: request.latency,
      queue: request.queue,
      slippage: request.slippage,
      participationMax: millionths(request.participation),
    },
    account: {
      currency: account.currency ?? '',
      balances: account.balances,
      ...(account.capital !== undefined && { capital: account.capital }),
    },
    limits: request.limits ?? LAB_LIMITS,
    ordering: request.ordering,
    errorPolicy: request.errorPolicy,
    errorsMax: request.errorsMax,
    expiryMicros: request.expiryMicros,
    seed: request.seed,
  };
}

/** Millionths of a fraction of at most six digits. */
function millionths(fraction: string): number {
  const [whole = '0', part = ''] = fraction.split('.');
  return Number(`${whole}${part.padEnd(MILLION, '0')}`);
}
