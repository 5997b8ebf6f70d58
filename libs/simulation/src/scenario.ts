import type { GateLimits, LimitSet } from '@portcullis/contracts';
import { BRIDGE_TIMING, type BridgeConfig } from '@portcullis/execution';
import { type Money, describeInputError, parseMoney, required } from '@portcullis/kernel';
import { type InstrumentDefinition, type InstrumentRules, instrumentRules } from '@portcullis/market';
import type { GateConfig } from '@portcullis/risk';
import type { RunConfiguration } from '@portcullis/run';
import type { Keys } from './keys.ts';

/** The first moment of every simulation: 2026-01-01 00:00 UTC in microseconds. */
export const START_MICROS = 1_767_225_600_000_000;

export const ACCOUNT = 'main';
export const VENUE = 'venuesim';
/** The run under which a person's intents go. */
export const DESK_RUN = 'desk-1';
export const BRIDGE_INSTANCE = 'b1';
/** Where the simulated market starts, in ticks. */
export const FAIR_TICKS = 6_000_000;

const INSTRUMENT: InstrumentDefinition = {
  venue: VENUE,
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

/** Limits of the account that hold unless `--limit` says otherwise: tight enough that each of them denies now and then. */
export const LIMITS: LimitSet = {
  orderNotionalMax: '2000',
  positionMax: '0.05',
  collarBasisPoints: 100,
  spreadBasisPointsMax: 50,
  markAgeMillisMax: 2000,
  orderRate: { count: 10, windowMillis: 1000 },
  reductionRate: { count: 10, windowMillis: 1000 },
};

/** Limits of single runs, below the account's. */
const RUN_POSITIONS: Readonly<Record<string, string>> = { 'sma-1': '0.03', 'quote-1': '0.04' };

/** What the account holds at the venue before anything happens. */
export const BALANCES: Readonly<Record<string, Money>> = { BTC: amount('10'), USDT: amount('5000000') };

export const RULES: InstrumentRules = rulesOf(INSTRUMENT);

function rulesOf(definition: InstrumentDefinition): InstrumentRules {
  const rules = instrumentRules(definition);
  return required(rules.ok ? rules.value : undefined, rules.ok ? '' : describeInputError(rules.error));
}

function amount(text: string): Money {
  const parsed = parseMoney(text);
  return required(parsed.ok ? parsed.value : undefined, text);
}

export function gateLimits(limits: LimitSet): GateLimits {
  const runs = Object.entries(RUN_POSITIONS).map(([runId, positionMax]) => ({
    scope: `run.${runId}`,
    limits: { positionMax },
  }));
  return { limitsVersion: 1, entries: [{ scope: 'account', limits }, ...runs] };
}

export function gateConfig(limits: LimitSet, keys: Keys): GateConfig {
  return {
    account: ACCOUNT,
    venue: VENUE,
    tradingState: 'ACTIVE',
    strategies: ['sma-cross', 'quoting', 'desk'],
    instruments: [INSTRUMENT],
    limits: gateLimits(limits),
    approvers: [...keys.approverNames],
  };
}

export function bridgeConfig(keys: Keys): BridgeConfig {
  return {
    account: ACCOUNT,
    venue: VENUE,
    instance: BRIDGE_INSTANCE,
    instruments: [RULES],
    gateKeys: keys.gateKeys,
    approverKeys: keys.approverKeys,
    timing: BRIDGE_TIMING,
  };
}

/** Two runs of different temper on one account. */
export function runConfigurations(seed: string): RunConfiguration[] {
  const common = {
    account: ACCOUNT,
    instrument: INSTRUMENT,
    stage: 'paper',
    seed,
    expiryMicros: 5_000_000,
    errorPolicy: 'FAIL_FAST',
  } as const;
  return [
    {
      ...common,
      runId: 'sma-1',
      strategy: 'sma-cross',
      parameters: { quantity: '0.01', fast: 4, slow: 12, allowShort: true },
    },
    {
      ...common,
      runId: 'quote-1',
      strategy: 'quoting',
      parameters: { quantity: '0.008', inventoryMax: '0.05', halfSpreadTicks: 4, requoteTicks: 4 },
    },
  ];
}
