import type { GateLimits, InstrumentDefinitionMessage, TradingState } from '@portcullis/contracts';
import { type InputError, type Result, err, ok } from '@portcullis/kernel';
import { type InstrumentRules, instrumentRules } from '@portcullis/market';
import { LimitBook } from './limits.ts';
import { Standings } from './standing.ts';

/**
 * All that the gate is told by people, as plain JSON. It travels inside the `started` input and so in the journal:
 * a replay judges each intent by the configuration that was in force then, not by today's.
 */
export interface GateConfig {
  readonly account: string;
  /** The venue that the account is at. */
  readonly venue: string;
  /** The most that is let through; latches and missing readiness lower it further, nothing raises it. */
  readonly tradingState: TradingState;
  /** Strategies that may trade. */
  readonly strategies: readonly string[];
  /** Instruments that may be traded, with the rules that orders are put on. */
  readonly instruments: readonly InstrumentDefinitionMessage[];
  readonly limits: GateLimits;
  /** Public keys (raw Ed25519, base64url) of the people whose signatures open latches. */
  readonly approvers: readonly string[];
}

/** A configuration that was checked, in the forms that the rules work with. */
export interface PreparedConfig {
  readonly config: GateConfig;
  readonly instruments: ReadonlyMap<string, InstrumentRules>;
  readonly limits: LimitBook;
  /** What follows from it for the orders of a run in an instrument. */
  readonly standings: Standings;
}

/** Checks what no schema can: exact instrument rules, amounts that fit money. The error names the field. */
export function prepareGateConfig(config: GateConfig): Result<PreparedConfig, InputError> {
  const instruments = new Map<string, InstrumentRules>();
  for (const [index, definition] of config.instruments.entries()) {
    const rules = instrumentRules(definition);
    if (!rules.ok) return err({ ...rules.error, field: `instruments.${index}.${rules.error.field}` });
    if (definition.venue !== config.venue) {
      return err({
        field: `instruments.${index}.venue`,
        value: definition.venue,
        expected: `the account's venue ${config.venue}`,
      });
    }
    instruments.set(rules.value.id, rules.value);
  }
  const limits = LimitBook.of(config.limits);
  if (!limits.ok) return limits;
  const { account, venue, strategies } = config;
  const allowed = { account, venue, instruments, strategies: new Set(strategies), limits: limits.value };
  return ok({ config, instruments, limits: limits.value, standings: new Standings(allowed) });
}
