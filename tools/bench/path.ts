// npm run bench:path [-- --count 1000]
// Measures intent → verdict → bytes to the venue through riskd, bridge and the venue as real processes, and in the same
// run the sum of its parts: the bus alone over the same hops, two bare fsyncs, one signature, one verification.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type BusConnection, Publisher } from '@portcullis/bus';
import { type OrderIntent, type SignedVerdict, subjects } from '@portcullis/contracts';
import { clientOrderIdOf } from '@portcullis/execution';
import { derivedId } from '@portcullis/kernel';
import { startBus } from '@portcullis/testkit';
import { bareBus, bareFsync, bareSignatures } from './parts.ts';
import { ACCOUNT, INSTRUMENT, PathPlatform, STRATEGY } from './path-platform.ts';
import { type Latency, latency, printLatencies, sharedMicros } from './statistics.ts';

const GOAL = 1.25;
const GAP_MS = 10;
const QUOTE_MS = 100;
const RUN = 'bench-1';
const DIGEST = '0'.repeat(64);

const { values } = parseArgs({
  options: { count: { type: 'string', default: '1000' }, verbose: { type: 'boolean', default: false } },
  strict: true,
});
const count = Number(values.count);
if (!Number.isInteger(count) || count < 10) {
  throw new Error(`--count is ${values.count}, expected a whole number from 10`);
}

function intentOf(n: number): OrderIntent {
  const now = Date.now() * 1000;
  return {
    version: 1,
    intentId: derivedId('bench', process.pid, n),
    runId: RUN,
    strategy: STRATEGY,
    account: ACCOUNT,
    origin: 'run',
    instrument: `${INSTRUMENT.symbol}.${INSTRUMENT.venue}`,
    side: 'buy',
    type: 'limit',
    timeInForce: 'IOC',
    postOnly: false,
    reduceOnly: false,
    quantity: '0.001',
    price: '60000',
    referencePrice: '60000.5',
    tsEvent: now,
    expiry: now + 5_000_000,
    configDigest: DIGEST,
    runSeq: n,
    head: { seq: n, hash: DIGEST },
  };
}

/** Fresh marks, as the collector would publish them. */
function quoting(collector: BusConnection): () => void {
  let seq = Date.now() * 1000;
  const publish = (): void => {
    const now = Date.now() * 1000;
    const quote = {
      version: 1,
      kind: 'quote',
      venue: INSTRUMENT.venue,
      symbol: INSTRUMENT.symbol,
      seq: (seq += 1),
      tsEvent: now,
      tsInit: now,
      bidPrice: '60000',
      bidQuantity: '1',
      askPrice: '60001',
      askQuantity: '1',
    };
    collector.nats.publish(subjects.market('quote', INSTRUMENT.venue, INSTRUMENT.symbol), JSON.stringify(quote));
  };
  publish();
  const timer = setInterval(publish, QUOTE_MS);
  return () => clearInterval(timer);
}

interface Measured {
  readonly toVerdict: Latency;
  readonly toBytes: Latency;
  /** One verdict as it travelled, for the bare signatures and the bare hops. */
  readonly verdict: SignedVerdict;
}

async function measurePath(dir: string): Promise<Measured> {
  const bus = await startBus();
  const platform = await PathPlatform.start(bus, dir);
  const livyd = await bus.connectAs('livyd');
  const stopQuotes = quoting(await bus.connectAs('collector'));
  try {
    const verdicts = new Map<string, (arrival: { readonly at: number; readonly signed: SignedVerdict }) => void>();
    const consumer = await livyd.jetstream.consumers.get('VERDICTS', 'livyd');
    await consumer.consume({
      callback: (message) => {
        const signed = message.json<SignedVerdict>();
        verdicts.get(signed.verdict.intentId)?.({ at: sharedMicros(), signed });
        message.ack();
      },
    });
    const publisher = new Publisher(livyd);
    const once = async (
      n: number,
    ): Promise<{
      readonly toVerdict: number;
      readonly toBytes: number | undefined;
      readonly signed: SignedVerdict;
    }> => {
      const intent = intentOf(n);
      const verdict = new Promise<{ readonly at: number; readonly signed: SignedVerdict }>((resolve) =>
        verdicts.set(intent.intentId, resolve),
      );
      const bytes = platform.sent(clientOrderIdOf(RUN, intent.intentId));
      const from = sharedMicros();
      await publisher.publish({ subject: subjects.intent(ACCOUNT, RUN), body: intent, messageId: intent.intentId });
      const { at, signed } = await verdict;
      verdicts.delete(intent.intentId);
      const sentAt = signed.verdict.decision === 'approved' ? await Promise.race([bytes, sleep(5000)]) : undefined;
      return { toVerdict: at - from, toBytes: sentAt === undefined ? undefined : sentAt - from, signed };
    };
    let n = 0;
    for (const until = Date.now() + 60_000; ;) {
      const { toBytes, signed } = await once(n++);
      if (toBytes !== undefined) break;
      if (Date.now() > until) {
        throw new Error(`no order reached the venue: ${JSON.stringify(signed.verdict)}\n${platform.logs()}`);
      }
      await sleep(250);
    }
    const sample: { toVerdict: number; toBytes: number; signed: SignedVerdict }[] = [];
    const warmUp = Math.ceil(count / 5);
    for (let i = 0; i < count + warmUp; i++) {
      const { toVerdict, toBytes, signed } = await once(n++);
      if (toBytes === undefined) {
        throw new Error(`an order did not reach the venue: ${JSON.stringify(signed.verdict)}\n${platform.logs()}`);
      }
      if (i >= warmUp) sample.push({ toVerdict, toBytes, signed });
      if (i % 200 === 0) process.stderr.write(`path ${i}/${count + warmUp}\n`);
      await sleep(GAP_MS);
    }
    const [first] = sample;
    if (first === undefined) throw new Error('nothing was measured');
    return {
      toVerdict: latency(sample.map(({ toVerdict }) => toVerdict)),
      toBytes: latency(sample.map(({ toBytes }) => toBytes)),
      verdict: first.signed,
    };
  } finally {
    stopQuotes();
    await platform.stop();
    await bus.stop();
  }
}

async function measureBus(body: unknown): Promise<Latency> {
  const bus = await startBus();
  try {
    return await bareBus(bus, body, { count, gapMs: GAP_MS });
  } finally {
    await bus.stop();
  }
}

interface Setup {
  readonly ensureNatsServer: () => Promise<string>;
}

// Held in a variable, because the set-up scripts are plain JavaScript without types.
const setup = new URL('../dev/ensure-nats-server.mjs', import.meta.url).href;
process.env['NATS_SERVER_BIN'] ??= await ((await import(setup)) as Setup).ensureNatsServer();
const dir = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
try {
  const path = await measurePath(dir);
  process.stderr.write('parts\n');
  const parts = {
    bus: await measureBus(path.verdict),
    fsync: bareFsync(dir, count),
    ...bareSignatures(path.verdict.verdict, count),
  };
  const sum = (at: 'p50' | 'p99'): number => parts.bus[at] + 2 * parts.fsync[at] + parts.sign[at] + parts.verify[at];
  printLatencies({
    'intent → verdict': path.toVerdict,
    'intent → bytes to the venue': path.toBytes,
    'bus alone, same hops': parts.bus,
    'fsync (counted twice)': parts.fsync,
    sign: parts.sign,
    verify: parts.verify,
  });
  const ratio = (ours: number, other: number): { ours: number; other: number; ratio: number } => ({
    ours: Math.round(ours),
    other: Math.round(other),
    ratio: Math.round((ours / other) * 100) / 100,
  });
  const result = {
    'path p50 µs': ratio(path.toBytes.p50, sum('p50')),
    'path p99 µs': ratio(path.toBytes.p99, sum('p99')),
  };
  for (const [name, { ratio: reached }] of Object.entries(result)) {
    process.stdout.write(`${name}: ${reached} × the sum of its parts (goal ${GOAL})\n`);
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
