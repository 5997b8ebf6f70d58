import type { ParseArgsOptionsConfig } from 'node:util';
import { type BusConnection, connectBus, seedFileOf } from '@portcullis/bus';
import { type Flags, UsageError, textOf } from './command.ts';
import { findRunning } from './up/up-file.ts';

/** How long to look for a bus: a person waits. */
const CONNECT_MS = 3000;

/** Which platform a command is about. */
export interface Place {
  readonly natsUrl: string;
  readonly seedFile: string;
  readonly account: string;
  /** Absent when only a bus was named. */
  readonly dashboard: string | undefined;
}

/** Flags of every command that talks to a running platform. */
export const placeOptions: ParseArgsOptionsConfig = {
  dir: { type: 'string' },
  nats: { type: 'string' },
  'seed-file': { type: 'string' },
  account: { type: 'string' },
};

export const placeUsage = [
  '  --dir DIR          folder of the platform that runs on this machine (.portcullis)',
  '  --nats URL         a bus elsewhere, with',
  '  --seed-file FILE   the nkey seed of identity operator, and',
  '  --account NAME     the account (main)',
];

/** Finds the platform by `up.json`, or takes the bus that the flags name. */
export function placeOf(flags: Flags): Place {
  const natsUrl = textOf(flags, 'nats');
  const seedFile = textOf(flags, 'seed-file');
  if ((natsUrl === undefined) !== (seedFile === undefined)) throw new UsageError('--nats and --seed-file go together');
  if (natsUrl !== undefined && seedFile !== undefined) {
    return { natsUrl, seedFile, account: textOf(flags, 'account') ?? 'main', dashboard: undefined };
  }
  const running = findRunning(textOf(flags, 'dir') ?? '.portcullis');
  return {
    natsUrl: running.natsUrl,
    seedFile: seedFileOf(running.seedsDir, 'operator'),
    account: textOf(flags, 'account') ?? running.account,
    dashboard: running.dashboard,
  };
}

/** Does something as operator on the platform's bus, and closes the connection. */
export async function asOperator<T>(place: Place, act: (bus: BusConnection) => Promise<T>): Promise<T> {
  const bus = await connectBus({
    servers: [place.natsUrl],
    identity: 'operator',
    seedFile: place.seedFile,
    firstConnectMs: CONNECT_MS,
  });
  try {
    return await act(bus);
  } finally {
    await bus.close();
  }
}
