import { type InputError, type Result, contentHash, err, ok } from '@portcullis/kernel';
import { type InstrumentDefinition, type InstrumentRules, instrumentRules } from '@portcullis/market';
import { type Strategy, type StrategyInstance, strategies } from '@portcullis/strategy';

/**
 * What a run does when its strategy throws. `FAIL_FAST`: it stops. `SKIP_AND_LOG`: what the handler asked for is
 * dropped and the run goes on. `QUARANTINE`: its orders are cancelled and it makes no new intents, until a person
 * starts another run. Neighbours never notice.
 */
export type ErrorPolicy = 'FAIL_FAST' | 'SKIP_AND_LOG' | 'QUARANTINE';
export const ERROR_POLICIES = ['FAIL_FAST', 'SKIP_AND_LOG', 'QUARANTINE'] as const satisfies readonly ErrorPolicy[];

/** Everything that decides what a run does with its inputs. Plain JSON; numbers are whole. */
export interface RunConfiguration {
  readonly runId: string;
  readonly strategy: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly account: string;
  readonly instrument: InstrumentDefinition;
  readonly stage: 'paper';
  readonly seed: string;
  /** Life of an intent in microseconds, counted from the input that caused it. */
  readonly expiryMicros: number;
  readonly errorPolicy: ErrorPolicy;
}

/** A configuration that was checked, with what it names. */
export interface PreparedRun {
  readonly configuration: RunConfiguration;
  readonly configDigest: string;
  readonly rules: InstrumentRules;
  readonly strategy: StrategyInstance;
}

/** Checks a configuration against the catalogue and the instrument's rules. */
export function prepareRun(
  configuration: RunConfiguration,
  catalogue: readonly Strategy[] = strategies,
): Result<PreparedRun, InputError> {
  const rules = instrumentRules(configuration.instrument);
  if (!rules.ok) return rules;
  const found = catalogue.find(({ name }) => name === configuration.strategy);
  if (found === undefined) {
    return err({
      field: 'strategy',
      value: configuration.strategy,
      expected: `one of ${catalogue.map(({ name }) => name).join(', ')}`,
    });
  }
  const strategy = found.create(configuration.parameters, [rules.value]);
  if (!strategy.ok) return strategy;
  const odd = oddNumber(configuration.parameters, 'parameters');
  if (odd !== undefined) return err(odd);
  if (!Number.isSafeInteger(configuration.expiryMicros) || configuration.expiryMicros <= 0) {
    return err({
      field: 'expiryMicros',
      value: String(configuration.expiryMicros),
      expected: 'a whole number of microseconds above zero',
    });
  }
  return ok({ configuration, configDigest: contentHash(configuration), rules: rules.value, strategy: strategy.value });
}

/** Digests have one spelling of whole numbers only, so a fraction must come as a decimal string. */
function oddNumber(value: unknown, field: string): InputError | undefined {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    return { field, value: String(value), expected: 'a whole number, or a decimal string' };
  }
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, member] of Object.entries(value)) {
    const odd = oddNumber(member, `${field}.${key}`);
    if (odd !== undefined) return odd;
  }
  return undefined;
}
