import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { DATA_STREAMS } from '@portcullis/market';
import { DIALECT_NAMES } from '@portcullis/venues/market';
import { type Flags, UsageError, textOf } from '../command.ts';

const CCXT = 'ccxt:';

/** The configuration of a collector without a bus, as the flags of `collect` say. Throws {@link UsageError}. */
export function collectConfig(flags: Flags): Record<string, unknown> {
  const name = required(flags, 'venue');
  const dialect = name.startsWith(CCXT) ? { ccxt: name.slice(CCXT.length) } : name;
  if (typeof dialect === 'string' && !DIALECT_NAMES.some((known) => known === dialect)) {
    throw new UsageError(
      `--venue is ${JSON.stringify(name)}: expected one of ${DIALECT_NAMES.join(', ')}, or ccxt:<exchange id>`,
    );
  }
  const symbols = listOf(required(flags, 'symbols'));
  const store = textOf(flags, 'store');
  const urls = { restUrl: textOf(flags, 'rest-url'), wsUrl: textOf(flags, 'ws-url') };
  const raw = textOf(flags, 'raw');
  const streams = streamsOf(flags);
  return {
    instance: 'collect',
    healthPort: 0,
    venues: [
      {
        venue: textOf(flags, 'name') ?? name.replace(':', '-'),
        dialect,
        ...(urls.restUrl === undefined ? {} : { restUrl: urls.restUrl }),
        ...(urls.wsUrl === undefined ? {} : { wsUrl: urls.wsUrl }),
        ...(streams === undefined ? {} : { streams }),
        instruments: symbols,
      },
    ],
    ...(store === undefined
      ? {}
      : { archive: { store, spoolDir: textOf(flags, 'spool') ?? spoolOf(store), compactAfterMinutes: null } }),
    ...(raw === undefined ? {} : { rawCapture: { dir: resolve(raw) } }),
  };
}

function required(flags: Flags, name: string): string {
  const text = textOf(flags, name);
  if (text === undefined || text === '') throw new UsageError(`--${name} is missing`);
  return text;
}

function listOf(text: string): string[] {
  return text.split(',').filter((part) => part !== '');
}

function streamsOf(flags: Flags): string[] | undefined {
  const text = textOf(flags, 'streams');
  if (text === undefined) return undefined;
  const streams = listOf(text);
  const wrong = streams.find((stream) => !DATA_STREAMS.some((known) => known === stream));
  if (wrong === undefined && streams.length > 0) return streams;
  throw new UsageError(`--streams is ${JSON.stringify(text)}: expected some of ${DATA_STREAMS.join(',')}`);
}

/** Each store has a spool of its own, so that what waits never goes to another. */
function spoolOf(store: string): string {
  return join(resolve('.portcullis/collect'), createHash('sha256').update(store).digest('hex').slice(0, 12));
}
