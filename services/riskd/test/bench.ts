import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signStatement } from '@portcullis/authority';
import { type BusConnection, Publisher } from '@portcullis/bus';
import {
  type ClearDocument,
  type ControlState,
  type DeadLetter,
  type OrderEvent,
  type OrderIntent,
  type ReconSnapshot,
  type SignedPermit,
  type SignedVerdict,
  orderEventSchema,
  orderIntentSchema,
  subjects,
} from '@portcullis/contracts';
import { contentHash, derivedId, ed25519Signer } from '@portcullis/kernel';
import { type TestBus, btcusdt, eventually, journalHead, newKeyPem, newSigner, startBus } from '@portcullis/testkit';
import { type RiskdConfig, riskdConfigSchema } from '../src/riskd.config.ts';

/** How long one pull waits. */
const PULL_MS = 2_000;
/** Tests count positions in lots of 0.001, below a limit of a few. */
const INSTRUMENT = btcusdt({
  lotSize: '0.001',
  quantityMin: '0.001',
  quantityMax: '1000',
  priceMin: '1',
  priceMax: '100000',
});

export const nowMicros = (): number => Date.now() * 1000;

/** A real bus with riskd's neighbours on it, played by the test. */
export class Bench {
  readonly bus: TestBus;
  readonly dir = mkdtempSync(join(tmpdir(), 'portcullis-riskd-'));
  readonly approvers = [newSigner(), newSigner()];
  readonly permits: SignedPermit[] = [];
  readonly controlStates: ControlState[] = [];
  readonly #connections = new Map<string, BusConnection>();
  #n = 0;

  private constructor(bus: TestBus) {
    this.bus = bus;
  }

  static async start(): Promise<Bench> {
    const bench = new Bench(await startBus());
    const bridge = await bench.as('bridge');
    bridge.nats.subscribe(subjects.permit('main'), {
      callback: (_error, message) => void bench.permits.push(message.json<SignedPermit>()),
    });
    bridge.nats.subscribe(subjects.controlState('main'), {
      callback: (_error, message) => void bench.controlStates.push(message.json<ControlState>()),
    });
    await bridge.nats.flush();
    return bench;
  }

  async stop(): Promise<void> {
    await this.bus.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async as(identity: string): Promise<BusConnection> {
    const known = this.#connections.get(identity);
    if (known !== undefined) return known;
    const connection = await this.bus.connectAs(identity);
    this.#connections.set(identity, connection);
    return connection;
  }

  config(name: string, more: Record<string, unknown> = {}): RiskdConfig {
    const signingKeyFile = join(this.dir, `${name}.pem`);
    mkdirSync(this.dir, { recursive: true });
    writeFileSync(signingKeyFile, this.#pem, { mode: 0o600 });
    return riskdConfigSchema.parse({
      instance: 'riskd-1',
      healthPort: 0,
      bus: { servers: this.bus.servers, seedFile: this.bus.seedFile('riskd') },
      account: 'main',
      venue: 'venuesim',
      strategies: ['sma'],
      instruments: [INSTRUMENT],
      limits: {
        limitsVersion: 1,
        entries: [
          {
            scope: 'account',
            limits: {
              orderNotionalMax: '1000',
              positionMax: '3',
              collarBasisPoints: 500,
              spreadBasisPointsMax: 100,
              markAgeMillisMax: 60_000,
              orderRate: { count: 100, windowMillis: 1000 },
              reductionRate: { count: 100, windowMillis: 1000 },
            },
          },
        ],
      },
      approvers: this.approvers.map(({ publicKeyBase64 }) => publicKeyBase64),
      signingKeyFile,
      journalDir: join(this.dir, name),
      discoverySeedFile: this.bus.seedFile('riskdctl'),
      leaseTtlMs: 1000,
      ...more,
    });
  }

  readonly #pem = newKeyPem();
  /** The key that riskd signs with. */
  readonly gateKey = ed25519Signer(this.#pem);

  async publish(identity: string, subject: string, body: unknown): Promise<number> {
    this.#n += 1;
    const { seq } = await new Publisher(await this.as(identity)).publish({
      subject,
      body,
      messageId: `test-${this.#n}`,
    });
    return seq;
  }

  /** The bridge's complete sweep of its epoch 5, without a break. */
  async recon(more: Partial<ReconSnapshot> = {}): Promise<void> {
    this.#n += 1;
    const snapshot: ReconSnapshot = {
      version: 1,
      account: 'main',
      bridgeEpoch: 5,
      reason: 'start',
      at: nowMicros(),
      complete: true,
      openOrders: [],
      externalOrders: 0,
      unresolvedOrders: [],
      balances: [],
      positions: [],
      breaks: [],
      head: journalHead(this.#n),
      ...more,
    };
    await this.publish('bridge', subjects.recon('main'), snapshot);
  }

  async quote(bidPrice = '99.99', askPrice = '100.01'): Promise<void> {
    this.#n += 1;
    const at = nowMicros();
    const body = {
      version: 1,
      kind: 'quote',
      venue: 'venuesim',
      symbol: 'BTCUSDT',
      seq: this.#n,
      tsEvent: at,
      tsInit: at,
      bidPrice,
      bidQuantity: '1',
      askPrice,
      askQuantity: '1',
    };
    await this.publish('collector', subjects.market('quote', 'venuesim', 'BTCUSDT'), body);
  }

  /** One heartbeat of the bridge, and the permit that answers it, if one comes in time. */
  async beat(): Promise<SignedPermit | undefined> {
    this.#n += 1;
    const nonce = derivedId('heartbeat', this.#n);
    const bridge = {
      account: 'main',
      bridgeEpoch: 5,
      nonce,
      reconciled: true,
      killEpochSeen: 0,
      openOrders: 0,
      unresolvedOrders: 0,
    };
    const body = { version: 1, service: 'bridge', instance: 'bridge-1', at: nowMicros(), state: 'ready', bridge };
    (await this.as('bridge')).nats.publish(subjects.heartbeat('bridge', 'bridge-1'), JSON.stringify(body));
    for (let i = 0; i < 20; i++) {
      await sleep(25);
      const answer = this.permits.find(({ permit }) => permit.echo === nonce);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  /** The permit that the next heartbeats get, once it fits. */
  async permit(mode: 'FULL' | 'REDUCE'): Promise<SignedPermit> {
    return eventually(`a permit of mode ${mode}`, async () => {
      const signed = await this.beat();
      return signed?.permit.mode === mode ? signed : undefined;
    });
  }

  intent(name: string, more: Partial<OrderIntent> = {}): OrderIntent {
    const at = nowMicros();
    return orderIntentSchema.parse({
      version: 1,
      intentId: derivedId('intent', name),
      runId: 'sma-1',
      strategy: 'sma',
      account: 'main',
      origin: 'run',
      instrument: 'BTCUSDT.venuesim',
      side: 'buy',
      type: 'limit',
      timeInForce: 'GTC',
      postOnly: false,
      reduceOnly: false,
      quantity: '1',
      price: '100',
      tsEvent: at,
      expiry: at + 60_000_000,
      configDigest: contentHash('config'),
      runSeq: 1,
      head: journalHead(),
      ...more,
    });
  }

  async send(intent: OrderIntent): Promise<void> {
    await this.publish('livyd', subjects.intent('main', intent.runId), intent);
  }

  /** The next verdict that the bridge reads. */
  async verdict(): Promise<SignedVerdict> {
    return this.#next<SignedVerdict>('bridge', 'VERDICTS');
  }

  /** The bridge's word that it never sent the order of a verdict. */
  lapsed({ verdict }: SignedVerdict): OrderEvent {
    if (verdict.decision === 'denied') throw new Error('a denied intent has no order');
    this.#n += 1;
    const { account, runId, strategy, instrument, intentId, verdictId, venueOrder } = verdict;
    return orderEventSchema.parse({
      version: 1,
      eventId: derivedId('event', verdictId, 'lapsed'),
      account,
      runId,
      strategy,
      instrument,
      clientOrderId: venueOrder.clientOrderId,
      intentId,
      verdictId,
      bridgeEpoch: 5,
      cause: contentHash(verdict),
      tsEvent: nowMicros(),
      tsInit: nowMicros(),
      head: journalHead(this.#n),
      type: 'lapsed',
      reason: 'expired',
      detail: 'never sent',
    });
  }

  /** The verdict on an intent; others, which a server that crashed delivers again, are passed over. */
  async judged(intent: OrderIntent): Promise<SignedVerdict> {
    await this.send(intent);
    return eventually(`the verdict on intent ${intent.intentId}`, async () => {
      const signed = await this.verdict();
      return signed.verdict.intentId === intent.intentId && signed;
    });
  }

  /** The first approval, however long the price takes: it travels on another stream than the intents. */
  async approval(quantity: string): Promise<SignedVerdict> {
    let attempt = 0;
    return eventually('an approval', async () => {
      attempt += 1;
      // One price may get lost with a server, as in life, where the next one is never far.
      await this.quote();
      const signed = await this.judged(this.intent(`attempt ${this.#n} ${attempt}`, { quantity }));
      return signed.verdict.decision === 'denied' && signed.verdict.denial.code === 'MARK_MISSING' ? undefined : signed;
    });
  }

  async deadLetter(): Promise<DeadLetter> {
    return this.#next<DeadLetter>('observer', 'DEAD');
  }

  /** A kill as a person sends it, with nothing but a NATS client. */
  async kill(subject: string, body: string): Promise<void> {
    const answer = await (await this.as('operator')).nats.request(subject, body, { timeout: 5000 });
    if (answer.json<{ stream?: string }>().stream !== 'CONTROL') {
      throw new Error(`kill was not stored: ${answer.string()}`);
    }
  }

  async clear(scope: string, killEpoch: number, signers = this.approvers): Promise<void> {
    const at = nowMicros();
    const statement = {
      version: 1 as const,
      kind: 'clear' as const,
      account: 'main',
      scope,
      killEpoch,
      reason: 'over',
      issuedAt: at,
      expiresAt: at + 60_000_000,
    };
    const document: ClearDocument = {
      version: 1,
      statement,
      signatures: signers.map((signer) => signStatement(signer, statement)),
    };
    await this.publish('observer', subjects.clearDocument(), document);
  }

  /** The first control state from now on, or already there, that fits. */
  async controlState(fits: (state: ControlState) => boolean): Promise<ControlState> {
    return eventually('control state', () => this.controlStates.findLast(fits));
  }

  /** Asks again and again: a request that a crashing server took with it is answered by nobody. */
  async #next<T>(identity: string, stream: string): Promise<T> {
    const { jetstream } = await this.as(identity);
    return eventually(`a message of ${stream}`, async () => {
      const asked = jetstream.consumers.get(stream, identity).then((consumer) => consumer.next({ expires: PULL_MS }));
      const message = await asked.catch(() => null);
      message?.ack();
      return message?.json<T>();
    });
  }
}
