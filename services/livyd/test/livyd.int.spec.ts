import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { signVerdict } from '@portcullis/authority';
import { MarketPublisher, Publisher } from '@portcullis/bus';
import {
  type CancelRequest,
  type OrderIntent,
  type SignedVerdict,
  orderIntentSchema,
  subjects,
} from '@portcullis/contracts';
import { clientOrderIdOf } from '@portcullis/execution';
import { contentHash, derivedId } from '@portcullis/kernel';
import { type JournaledInput, type RunInput, replayJournal } from '@portcullis/run';
import { verifyJournal } from '@portcullis/store';
import { type TestBus, btcusdt, eventually, journalHead, newSigner, startBus } from '@portcullis/testkit';
import { startLivyd } from '../src/app.module.ts';
import { type LivydConfig, livydConfigSchema } from '../src/livyd.config.ts';
import { Runs } from '../src/state/runs.ts';

const gateSigner = newSigner();

let bus: TestBus;
let config: LivydConfig;
let app: NestFastifyApplication | undefined;
let market: MarketPublisher;
let gate: Publisher;
let venue: Publisher;
let operator: Publisher;
let sequence = 1000;
const dataDir = mkdtempSync(join(tmpdir(), 'portcullis-livyd-'));

/** The messages of a stream, once there are `count`. Right after a restart the server may not answer yet. */
async function atLeast<T>(stream: string, count: number): Promise<T[]> {
  return eventually(`${count} messages of ${stream}`, async () => {
    const messages = await bus.readAll<T>(stream).catch(() => []);
    return messages.length >= count && messages;
  });
}

function quote(bidPrice: string, askPrice: string): void {
  const at = Date.now() * 1000;
  const event = {
    version: 1,
    kind: 'quote',
    venue: 'venuesim',
    symbol: 'BTCUSDT',
    seq: sequence++,
    tsEvent: at,
    tsInit: at,
    bidPrice,
    bidQuantity: '1',
    askPrice,
    askQuantity: '1',
  };
  market.publish(subjects.market('quote', 'venuesim', 'BTCUSDT'), event);
}

async function answer(intent: OrderIntent, denialCode?: string): Promise<void> {
  const { intentId, runId, account, strategy, expiry } = intent;
  const verdictId = derivedId('test', intentId);
  const clientOrderId = clientOrderIdOf(runId, intentId);
  const venueOrder = {
    clientOrderId,
    venue: 'venuesim',
    symbol: 'BTCUSDT',
    side: intent.side,
    type: intent.type,
    timeInForce: intent.timeInForce,
    postOnly: intent.postOnly,
    reduceOnly: false,
    quantity: intent.quantity,
    ...(intent.price === undefined ? {} : { price: intent.price }),
  };
  const common = {
    version: 1 as const,
    verdictId,
    origin: 'run' as const,
    account,
    runId,
    strategy,
    instrument: intent.instrument,
    intentId,
    intentHash: contentHash(intent),
    nonce: verdictId,
    issuedAt: 1,
    expiresAt: expiry,
    killEpoch: 0,
    gateEpoch: 1,
    limitsVersion: 1,
    keyId: gateSigner.keyId,
    head: journalHead(),
  };
  const verdict: SignedVerdict['verdict'] =
    denialCode === undefined
      ? {
          ...common,
          decision: 'approved',
          venueOrder,
          venueOrderHash: contentHash(venueOrder),
          reduces: false,
          audience: { account, bridgeEpoch: 1 },
        }
      : { ...common, decision: 'denied', denial: { code: denialCode, detail: {} } };
  const forged: SignedVerdict = { version: 1, verdict, signature: 's' };
  await gate.publish({ subject: subjects.verdict(account, runId), body: forged, messageId: `forged-${verdictId}` });
  await gate.publish({
    subject: subjects.verdict(account, runId),
    body: signVerdict(gateSigner, verdict),
    messageId: verdictId,
  });
}

type Rest =
  | { type: 'accepted'; venueOrderId: string }
  | { type: 'canceled'; cumulativeQuantity: string; reason: string }
  | { type: 'fill'; quantity: string; tradeId: string };

async function tell(intent: OrderIntent, rest: Rest): Promise<void> {
  const { intentId, runId, account, strategy } = intent;
  const eventId = derivedId('event', intentId, rest.type);
  const common = {
    version: 1,
    eventId,
    account,
    runId,
    strategy,
    instrument: intent.instrument,
    clientOrderId: clientOrderIdOf(runId, intentId),
    intentId,
    verdictId: derivedId('test', intentId),
    bridgeEpoch: 1,
    cause: journalHead().hash,
    tsEvent: 1,
    tsInit: 1,
    head: journalHead(),
  };
  const fill =
    rest.type === 'fill'
      ? {
          state: 'partially-filled',
          side: intent.side,
          price: intent.price,
          cumulativeQuantity: rest.quantity,
          fee: '0.01',
          feeCurrency: 'USDT',
          liquidity: 'maker',
        }
      : {};
  await venue.publish({
    subject: subjects.order(account, runId),
    body: { ...common, ...fill, ...rest },
    messageId: eventId,
  });
}

const kernel = () => app?.get(Runs).hosts[0]?.kernel;

beforeAll(async () => {
  bus = await startBus();
  market = new MarketPublisher(await bus.connectAs('collector'));
  gate = new Publisher(await bus.connectAs('riskd'));
  venue = new Publisher(await bus.connectAs('bridge'));
  operator = new Publisher(await bus.connectAs('operator'));
  config = livydConfigSchema.parse({
    instance: 'l1',
    healthPort: 0,
    bus: { servers: bus.servers, seedFile: bus.seedFile('livyd') },
    gateKeys: [gateSigner.publicKeyBase64],
    dataDir,
    leaseMs: 1000,
    runs: [
      {
        runId: 'quote-1',
        strategy: 'quoting',
        parameters: { quantity: '0.1', inventoryMax: '0.5', intervalMs: 1 },
        account: 'main',
        instrument: btcusdt({ lotSize: '0.001', quantityMin: '0.001' }),
        stage: 'paper',
      },
    ],
  });
});

afterEach(async () => {
  await app?.close();
  app = undefined;
});

afterAll(async () => {
  await market.close();
  await bus.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('market in, intents out; verdicts, order events and kills in; a crash changes nothing; a stop cancels what works', async () => {
  app = await startLivyd(config);
  quote('100.00', '100.02');
  const [buy, sell] = await atLeast<OrderIntent>('INTENTS', 2);
  if (buy === undefined || sell === undefined) throw new Error('two intents were stored');
  expect(orderIntentSchema.parse(buy)).toMatchObject({ side: 'buy', runId: 'quote-1', account: 'main' });

  await answer(buy);
  await tell(buy, { type: 'accepted', venueOrderId: '7' });
  await tell(buy, { type: 'fill', quantity: '0.04', tradeId: 't1' });
  await answer(sell, 'MAX_POSITION');
  await eventually('the denial and the fill', () => kernel()?.counters.denied === 1 && kernel()?.counters.fills === 1);
  expect(kernel()?.status()).toMatchObject({ position: '0.04', fees: '0.01', workingOrders: 1, state: 'running' });
  // One before each verdict: another key's signature moves nothing.
  expect(app.get(Runs).forged).toBe(2);

  // As after SIGKILL: nothing is said, nothing is taken any more.
  app.get(Runs).halt();
  const records: JournaledInput[] = [];
  verifyJournal<RunInput>(join(dataDir, 'quote-1'), (record) => records.push(record));
  const before = { snapshot: kernel()?.snapshot(), hash: kernel()?.decisionHash };
  const replayed = replayJournal(records);
  expect(replayed.ok && replayed.value.decisionHash).toBe(before.hash);
  expect(replayed.ok && replayed.value.run.snapshot()).toEqual(before.snapshot);
  expect(
    replayed.ok && replayed.value.outputs.flatMap(({ output }) => (output.type === 'intent' ? [output.intent] : [])),
  ).toEqual(await bus.readAll<OrderIntent>('INTENTS'));
  await app.close();

  app = await startLivyd(config);
  expect(kernel()?.status()).toMatchObject({ position: '0.04', workingOrders: 1, state: 'running' });

  await operator.publish({ subject: subjects.kill('run.quote-1'), body: { reason: 'test' }, messageId: 'kill-1' });
  await eventually('the kill', () => kernel()?.killed);
  const intents = (await bus.readAll('INTENTS')).length;
  quote('100.00', '100.02');
  await eventually('the new price', () => kernel()?.status().unrealisedProfit !== '0');
  expect((await bus.readAll('INTENTS')).length).toBe(intents);

  const closing = app.close();
  const cancels = await atLeast<CancelRequest>('CANCELS', 1);
  expect(cancels.at(-1)).toMatchObject({
    clientOrderId: clientOrderIdOf('quote-1', buy.intentId),
    origin: 'run',
    account: 'main',
  });
  await tell(buy, { type: 'canceled', cumulativeQuantity: '0.04', reason: '' });
  await closing;
  const last: JournaledInput[] = [];
  verifyJournal<RunInput>(join(dataDir, 'quote-1'), (record) => last.push(record));
  const end = replayJournal(last);
  expect(end.ok && end.value.run.state).toBe('stopped');
});

test('intents that were never stored are published again after a crash', async () => {
  const runs = config.runs.map((run) => ({ ...run, runId: 'quote-2', expiryMs: 60_000 }));
  app = await startLivyd({ ...config, runs });
  const stored0 = (await bus.readAll('INTENTS')).length;
  await bus.server.kill('SIGTERM');
  const at = Date.now() * 1000;
  app.get(Runs).market(
    [
      {
        version: 1,
        kind: 'quote',
        venue: 'venuesim',
        symbol: 'BTCUSDT',
        seq: 9_000_000,
        tsEvent: at,
        tsInit: at,
        bidPrice: '100.00',
        bidQuantity: '1',
        askPrice: '100.02',
        askQuantity: '1',
      },
    ],
    at,
  );
  expect(kernel()?.counters.intents).toBe(2);
  app.get(Runs).halt();
  await app.close();
  await bus.server.restart();
  app = await startLivyd({ ...config, runs });
  const intents = await atLeast<OrderIntent>('INTENTS', stored0 + 2);
  expect(intents.slice(-2).map(({ runId }) => runId)).toEqual(['quote-2', 'quote-2']);
});

test('a run with another configuration than its journal, and one that cannot run, are refused with a sentence', async () => {
  const changed = config.runs.map((run) => ({ ...run, seed: 'other' }));
  await expect(startLivyd({ ...config, runs: changed })).rejects.toThrow('was begun with another configuration');
  const wrong = config.runs.map((run) => ({ ...run, parameters: { quantity: '0' } }));
  await expect(startLivyd({ ...config, runs: wrong })).rejects.toThrow('run quote-1: parameters');
});
