import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually } from './eventually.ts';
import { btcusdt } from './instrument.ts';
import { RunningProgram } from './running-program.ts';

/** A simulated venue with a generated BTCUSDT market, as a process of its own. */
export interface RunningVenue {
  /** Of its REST interface; the streams are under the same port. */
  readonly url: string;
  /** Ends it, and removes what it wrote. */
  stop(): Promise<void>;
}

/** Starts it from source on a free port. `POST /sim/faults` may break things. */
export async function startVenue(): Promise<RunningVenue> {
  const dir = mkdtempSync(join(tmpdir(), 'portcullis-venue-'));
  const config = {
    ledgerDir: join(dir, 'ledger'),
    accounts: [{ name: 'main', balances: {}, keys: [{ id: 'main-key', apiKey: 'api-key', secret: 'test-only' }] }],
    markets: [{ instrument: btcusdt(), flow: { kind: 'generated', seed: 7 } }],
    faults: true,
  };
  const file = join(dir, 'config.json');
  writeFileSync(file, JSON.stringify(config));
  const main = resolve(import.meta.dirname, '../../../services/venuesim/src/main.ts');
  const program = new RunningProgram(main, ['--config', file], ['--conditions=@portcullis/source']);
  const stop = async (): Promise<void> => {
    await program.end('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const ready = await eventually('the venue', () =>
      program.out.split('\n').find((line) => line.startsWith('{"ready"') && line.endsWith('}')),
    );
    return { url: (JSON.parse(ready) as { url: string }).url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
