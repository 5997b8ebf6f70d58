import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { UserError, checkConfig } from '@portcullis/config';
import { type InstrumentDefinitionMessage, instrumentDefinitionSchema } from '@portcullis/contracts';
import { formatDecimal, parseDecimal } from '@portcullis/kernel';
import type { ServiceName } from './configs.ts';

const exec = promisify(execFile);
const INSPECT_MS_MAX = 60_000;
/** Unpacking a package takes time on a slow line. */
const FETCH_MS_MAX = 300_000;

/** The repository: where the built services and the set-up scripts are. */
export const root = resolve(import.meta.dirname, '../../../..');

/** The built program of a service. Throws {@link UserError} when it is not built. */
export function programOf(service: ServiceName): string {
  const program = join(root, 'services', service, 'dist/main.js');
  if (!existsSync(program)) {
    throw new UserError(
      `${service} is not built (${program} is not there)`,
      'run npm run build, or npm start, which does it',
    );
  }
  return program;
}

/** A nats-server: the one that the environment names, else the one that the set-up script finds or fetches. */
export async function natsServerBinary(): Promise<string> {
  const named = process.env['NATS_SERVER_BIN'];
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) {
      throw new UserError(
        `NATS_SERVER_BIN names ${named}, which is not there`,
        'correct it, or unset it so that set-up looks for one',
      );
    }
    return named;
  }
  try {
    const { stdout } = await exec(process.execPath, [join(root, 'tools/dev/ensure-nats-server.mjs')], {
      timeout: FETCH_MS_MAX,
    });
    return stdout.trim().split('\n').at(-1) ?? '';
  } catch (cause) {
    const { stderr = '', message } = cause as { stderr?: string; message: string };
    throw new UserError(
      `nats-server cannot be had: ${(stderr.trim() || message).replace(/^portcullis: /, '')}`,
      'install nats-server 2.14 or newer, or set NATS_SERVER_BIN',
      { cause },
    );
  }
}

/** What a capture holds: its instrument, and about where its price is. */
export interface Inspection {
  readonly instrument: InstrumentDefinitionMessage;
  readonly price: string;
}

/** Asks venuesim what is in a capture. Throws {@link UserError} with venuesim's own words when it is none. */
export async function inspectCapture(file: string): Promise<Inspection> {
  const program = join(root, 'services/venuesim/dist/inspect.js');
  if (!existsSync(program)) {
    throw new UserError('venuesim is not built', 'run npm run build, or npm start, which does it');
  }
  let stdout: string;
  try {
    ({ stdout } = await exec(process.execPath, [program, file], { timeout: INSPECT_MS_MAX }));
  } catch (cause) {
    const said = ((cause as { stderr?: string }).stderr ?? '').trim().replace(/^error: /, '');
    const [first = 'it cannot be read', ...rest] = said.split('\n');
    throw new UserError(
      `flow ${file}: ${first}`,
      rest.join(' ').trim() || 'give --flow a gzipped capture of one instrument',
      { cause },
    );
  }
  const told = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { definition?: unknown; price?: unknown };
  const instrument = checkConfig(instrumentDefinitionSchema, told.definition, `the capture ${file}`);
  const price = plainPrice(told.price);
  if (price === undefined) {
    throw new UserError(`flow ${file} has no price`, 'give --flow a capture with quotes or trades');
  }
  return { instrument, price };
}

function plainPrice(value: unknown): string | undefined {
  const parsed = typeof value === 'string' ? parseDecimal(value) : undefined;
  return parsed?.ok === true && parsed.value.units > 0n
    ? formatDecimal(parsed.value.units, parsed.value.scale)
    : undefined;
}
