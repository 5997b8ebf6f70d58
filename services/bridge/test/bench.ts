import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signPermit, signVerdict } from '@portcullis/authority';
import { type BusConnection, Publisher } from '@portcullis/bus';
import {
  type ApprovedVerdict,
  type Heartbeat,
  type OrderEvent,
  type OrderIntent,
  type ReconSnapshot,
  type TradePermit,
  heartbeatSchema,
  subjects,
} from '@portcullis/contracts';
import { clientOrderIdOf, venueOrderHash, venueOrderOf } from '@portcullis/execution';
import { contentHash, derivedId } from '@portcullis/kernel';
import { type TestBus, btcusdt, btcusdtRules, eventually, journalHead, newSigner, startBus } from '@portcullis/testkit';
import { FakeVenue } from './fake-venue.ts';

const rules = btcusdtRules();

export const idOf = (name: string): string => clientOrderIdOf('sma-1', derivedId('intent', name));

/** A bus, a venue and a gate that says yes: everything around a bridge. */
export class Bench {
  readonly dir = mkdtempSync(join(tmpdir(), 'portcullis-bridge-'));
  readonly gate = newSigner();
  readonly approvers = [newSigner(), newSigner()] as const;
  /** The newest heartbeat of the bridge. */
  heartbeat: Heartbeat | undefined;
  permitMode: TradePermit['mode'] | 'none' = 'FULL';
  killEpoch = 0;
  bus!: TestBus;
  venue!: FakeVenue;
  riskd!: BusConnection;
  #publisher!: Publisher;
  #operator!: Publisher;
  #head = 0;

  static async start(): Promise<Bench> {
    const bench = new Bench();
    bench.bus = await startBus();
    bench.venue = await FakeVenue.start();
    bench.riskd = await bench.bus.connectAs('riskd');
    bench.#publisher = new Publisher(bench.riskd);
    bench.#operator = new Publisher(await bench.bus.connectAs('operator'));
    bench.riskd.nats.subscribe(subjects.heartbeat('bridge', '*'), {
      callback: (_error, message) => bench.#permit(heartbeatSchema.parse(message.json())),
    });
    for (const [file, text] of [
      ['api-key', 'k-of-the-account'],
      ['api-secret', 's-of-the-account'],
      ['kill-token', 'let-me-kill'],
    ] as const) {
      writeFileSync(join(bench.dir, file), text);
    }
    return bench;
  }

  /** A venue without the orders of earlier tests, which a fresh bridge would rightly call breaks. */
  async newVenue(): Promise<void> {
    this.venue.stop();
    this.venue = await FakeVenue.start();
  }

  config(dataDir: string, more: Record<string, unknown> = {}) {
    const file = (name: string): string => join(this.dir, name);
    return {
      instance: 'b1',
      host: '127.0.0.1',
      healthPort: 0,
      bus: { servers: this.bus.servers, seedFile: this.bus.seedFile('bridge') },
      account: 'main',
      venue: 'venuesim',
      restUrl: `http://127.0.0.1:${this.venue.port}`,
      wsApiUrl: `ws://127.0.0.1:${this.venue.port}/ws-api/v3`,
      apiKeyFile: file('api-key'),
      apiSecretFile: file('api-secret'),
      killTokenFile: file('kill-token'),
      instruments: [btcusdt()],
      gateKeys: [this.gate.publicKeyBase64],
      approvers: this.approvers.map((key) => key.publicKeyBase64),
      dataDir: file(dataDir),
      leaseTtlMs: 1000,
      requestTimeoutMs: 700,
      lookupMarginMs: 500,
      recvWindowMs: 500,
      ...more,
    };
  }

  #permit(heartbeat: Heartbeat): void {
    this.heartbeat = heartbeat;
    const { bridge } = heartbeat;
    if (bridge === undefined || this.permitMode === 'none') return;
    const permit: TradePermit = {
      version: 1,
      account: 'main',
      mode: this.permitMode,
      killEpoch: this.killEpoch,
      gateEpoch: 1,
      bridgeEpoch: bridge.bridgeEpoch,
      echo: bridge.nonce,
      issuedAt: heartbeat.at,
      ttlMicros: 2_000_000,
      keyId: this.gate.keyId,
    };
    this.riskd.nats.publish(subjects.permit('main'), JSON.stringify(signPermit(this.gate, permit)));
  }

  verdict(name: string, change: Partial<ApprovedVerdict> = {}, wish: Partial<OrderIntent> = {}): ApprovedVerdict {
    const at = Date.now() * 1000;
    const intent: OrderIntent = {
      version: 1,
      intentId: derivedId('intent', name),
      runId: 'sma-1',
      strategy: 'sma-cross',
      account: 'main',
      origin: 'run',
      instrument: rules.id,
      side: 'buy',
      type: 'limit',
      timeInForce: 'GTC',
      postOnly: false,
      reduceOnly: false,
      quantity: '0.1',
      price: '100',
      tsEvent: at,
      expiry: at + 2_000_000,
      configDigest: '0'.repeat(64),
      runSeq: 1,
      head: journalHead(),
      ...wish,
    };
    const order = venueOrderOf(rules, intent);
    if (!order.ok) throw new Error(order.error.field);
    const bridgeEpoch = this.heartbeat?.bridge?.bridgeEpoch ?? 0;
    return {
      version: 1,
      verdictId: derivedId('verdict', name),
      origin: 'run',
      account: 'main',
      runId: 'sma-1',
      strategy: 'sma-cross',
      instrument: rules.id,
      intentId: intent.intentId,
      intentHash: contentHash(intent),
      nonce: derivedId('nonce', name),
      issuedAt: at,
      expiresAt: at + 5_000_000,
      killEpoch: this.killEpoch,
      gateEpoch: 1,
      limitsVersion: 1,
      keyId: this.gate.keyId,
      head: journalHead(++this.#head),
      decision: 'approved',
      venueOrder: order.value,
      venueOrderHash: venueOrderHash(order.value),
      reduces: false,
      audience: { account: 'main', bridgeEpoch },
      ...change,
    };
  }

  async approve(name: string, change: Partial<ApprovedVerdict> = {}): Promise<void> {
    await this.publishVerdict(signVerdict(this.gate, this.verdict(name, change)), name);
  }

  async publishVerdict(body: unknown, messageId: string): Promise<void> {
    await this.#publisher.publish({
      subject: subjects.verdict('main', 'sma-1'),
      body,
      messageId: `${messageId} ${Math.random()}`,
    });
  }

  async control(subject: string, body: unknown): Promise<void> {
    await this.#operator.publish({ subject, body, messageId: `control ${Math.random()}` });
  }

  async cancel(name: string): Promise<void> {
    const body = {
      version: 1,
      cancelId: derivedId('cancel', name),
      account: 'main',
      runId: 'sma-1',
      origin: 'run',
      clientOrderId: idOf(name),
      reason: 'test',
      tsEvent: 1,
    };
    await this.control(subjects.cancel('main', 'sma-1'), body);
  }

  /** Order events of one order as the stream holds them. */
  async events(name: string): Promise<OrderEvent[]> {
    const all = await this.#read<OrderEvent>('ORDERS');
    return all.filter((event) => event.clientOrderId === idOf(name));
  }

  async snapshots(): Promise<ReconSnapshot[]> {
    return this.#read<ReconSnapshot>('RECON');
  }

  async deadLetters(): Promise<unknown[]> {
    return this.#read('DEAD');
  }

  /** Right after a restart the server may not answer yet; then nothing is found, and the test asks again. */
  async #read<T>(stream: string): Promise<T[]> {
    return this.bus.readAll<T>(stream).catch(() => []);
  }

  /** The types of an order's events, once the last is `type`. */
  async story(name: string, type: OrderEvent['type']): Promise<string[]> {
    return eventually(`${name} to be ${type}`, async () => {
      const types = (await this.events(name)).map((event) => event.type);
      return types.at(-1) === type ? types : undefined;
    });
  }

  async stop(): Promise<void> {
    this.venue.stop();
    await this.bus.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
