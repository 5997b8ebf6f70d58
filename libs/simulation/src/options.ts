import { parseArgs } from 'node:util';
import { type LimitSet, limitSetSchema } from '@portcullis/contracts';
import { FAULT_NAMES, type FaultName, type Faults, NO_FAULTS, swarmFaults } from './faults.ts';
import { LIMITS } from './scenario.ts';
import type { WorldOptions } from './world.ts';

/** A command line that cannot be followed; the message says what to write instead. */
export class UsageError extends Error {}

export interface CommandLine {
  /** One simulation for each. */
  readonly simulations: readonly WorldOptions[];
  readonly json: boolean;
  readonly help: boolean;
}

export const USAGE = `Usage: npm run sim -- [options]

  --seed S            the seed (default 1)
  --seeds A..B        run every whole-numbered seed from A to B, one line each
  --hours H           simulated hours (default 1)
  --fault NAME=VALUE  set one fault, whatever the seed draws (repeatable); names: ${FAULT_NAMES.join(', ')}
  --no-faults         draw none
  --limit NAME=VALUE  set one limit of the account (repeatable), for example positionMax=0.02 or orderRate=5/1000 (count/milliseconds)
  --ed25519           real signatures instead of keyed hashes: slower
  --json              print one JSON object as the last line of standard output
  --help              print this
`;

const HOURS_MAX = 1000;
const SEEDS_MAX = 1_000_000;

/** Reads the command line. Throws {@link UsageError} naming what is wrong. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values } = parsed(args);
  const hours = numberOf('hours', values.hours, HOURS_MAX);
  if (hours <= 0) throw new UsageError('--hours needs a number above 0');
  const limits = limitsOf(values.limit);
  const options = (seed: string): WorldOptions => ({
    seed,
    hours,
    faults: faultsOf(values['no-faults'] ? NO_FAULTS : swarmFaults(seed), values.fault),
    limits,
    ed25519: values.ed25519,
  });
  const seeds = values.seeds === undefined ? [values.seed] : seedRange(values.seeds);
  return { simulations: seeds.map(options), json: values.json, help: values.help };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        seed: { type: 'string', default: '1' },
        seeds: { type: 'string' },
        hours: { type: 'string', default: '1' },
        fault: { type: 'string', multiple: true, default: [] },
        'no-faults': { type: 'boolean', default: false },
        limit: { type: 'string', multiple: true, default: [] },
        ed25519: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}. --help lists what there is.`);
  }
}

function numberOf(name: string, text: string, max: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(value) || value > max) {
    throw new UsageError(`--${name} needs a number from 0 to ${max}, not "${text}"`);
  }
  return value;
}

function seedRange(text: string): string[] {
  const match = /^(\d+)\.\.(\d+)$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || first > last || last - first >= SEEDS_MAX) {
    throw new UsageError(`--seeds needs a range like 1..50, not "${text}"`);
  }
  return Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
}

function setting(flag: string, text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new UsageError(`${flag} needs NAME=VALUE, not "${text}"`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function faultsOf(drawn: Faults, settings: readonly string[]): Faults {
  const faults: Record<FaultName, number> = { ...drawn };
  for (const text of settings) {
    const [name, value] = setting('--fault', text);
    const known = FAULT_NAMES.find((fault) => fault === name);
    if (known === undefined) throw new UsageError(`there is no fault "${name}". Faults: ${FAULT_NAMES.join(', ')}`);
    faults[known] = numberOf(`fault ${name}`, value, /Micros|PerHour/.test(name) ? 1e9 : 1);
  }
  return faults;
}

function limitsOf(settings: readonly string[]): LimitSet {
  const limits: Record<string, unknown> = { ...LIMITS };
  for (const text of settings) {
    const [name, value] = setting('--limit', text);
    const shape = LIMITS[name as keyof LimitSet];
    const rate = /^(\d+)\/(\d+)$/.exec(value);
    if (shape === undefined) {
      throw new UsageError(`there is no limit "${name}". Limits: ${Object.keys(LIMITS).join(', ')}`);
    }
    if (typeof shape === 'object') limits[name] = { count: Number(rate?.[1]), windowMillis: Number(rate?.[2]) };
    else limits[name] = typeof shape === 'number' ? Number(value) : value;
    const checked = limitSetSchema.safeParse(limits);
    if (!checked.success) {
      throw new UsageError(`--limit ${name} cannot be "${value}": ${checked.error.issues[0]?.message ?? ''}`);
    }
  }
  return limitSetSchema.parse(limits);
}
