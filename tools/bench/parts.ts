import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson, ed25519Verifier } from '@portcullis/kernel';
import { type TestBus, newSigner } from '@portcullis/testkit';
import { type Latency, latency, sharedMicros } from './statistics.ts';

/** Bytes of a journal record of the path, as the services write them. */
const RECORD_BYTES = 1600;

/** A write and an fdatasync of one record, as bare as it gets. `dir` lies on the disk of the journals. */
export function bareFsync(dir: string, count: number): Latency {
  const folder = mkdtempSync(join(dir, 'bench-fsync-'));
  const fd = openSync(join(folder, 'journal'), 'a');
  const record = Buffer.alloc(RECORD_BYTES, 'x');
  const sample: number[] = [];
  for (let i = 0; i < count; i++) {
    const from = sharedMicros();
    writeSync(fd, record);
    fdatasyncSync(fd);
    sample.push(sharedMicros() - from);
  }
  closeSync(fd);
  rmSync(folder, { recursive: true });
  return latency(sample);
}

/** Ed25519 over the canonical JSON of `body`. */
export function bareSignatures(body: unknown, count: number): { readonly sign: Latency; readonly verify: Latency } {
  const signer = newSigner();
  const verifier = ed25519Verifier(signer.publicKeyBase64);
  const text = canonicalJson(body);
  const sign: number[] = [];
  const verify: number[] = [];
  for (let i = 0; i < count; i++) {
    const from = sharedMicros();
    const signature = signer.sign('bench', text);
    const between = sharedMicros();
    if (!verifier.verify('bench', text, signature)) throw new Error('a signature did not hold');
    sign.push(between - from);
    verify.push(sharedMicros() - between);
  }
  return { sign: latency(sign), verify: latency(verify) };
}

/** intent → one process → verdict → another process, over the real streams and accounts, with nothing done in between. */
export async function bareBus(
  bus: TestBus,
  body: unknown,
  pace: { readonly count: number; readonly gapMs: number },
): Promise<Latency> {
  const arrivals = new Map<string, (at: number) => void>();
  const common = { servers: bus.servers };
  const hops = [
    await hop(
      {
        ...common,
        identity: 'riskd',
        seedFile: bus.seedFile('riskd'),
        stream: 'INTENTS',
        publishTo: 'verdict.bench.bare',
      },
      () => undefined,
    ),
    await hop(
      { ...common, identity: 'bridge', seedFile: bus.seedFile('bridge'), stream: 'VERDICTS' },
      ({ id, arrivedAt }) => arrivals.get(id)?.(arrivedAt),
    ),
  ];
  const publisher = await bus.connectAs('livyd');
  const sample: number[] = [];
  const warmUp = Math.ceil(pace.count / 10);
  for (let i = 0; i < pace.count + warmUp; i++) {
    const id = `bare-${i}`;
    const arrival = new Promise<number>((resolve) => arrivals.set(id, resolve));
    const from = sharedMicros();
    await publisher.jetstream.publish('intent.bench.bare', JSON.stringify(body), { msgID: id });
    const at = await arrival;
    arrivals.delete(id);
    if (i >= warmUp) sample.push(at - from);
    await sleep(pace.gapMs);
  }
  for (const child of hops) child.disconnect();
  return latency(sample);
}

interface Arrival {
  readonly id: string;
  readonly arrivedAt: number;
}

function hop(options: Readonly<Record<string, unknown>>, arrived: (arrival: Arrival) => void): Promise<ChildProcess> {
  const child = fork(new URL('bare-hop.ts', import.meta.url), [JSON.stringify(options)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`a hop ended with code ${code}`)));
    child.on('message', (message: { ready?: boolean } & Arrival) => {
      if (message.ready === true) resolve(child);
      else arrived(message);
    });
  });
}
