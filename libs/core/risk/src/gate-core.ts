import { type KillLatch, PERMIT_TTL_MICROS, keyring, signVerdict } from '@portcullis/authority';
import type {
  Alert,
  ControlState,
  JournalHead,
  OrderEvent,
  OrderIntent,
  ReconSnapshot,
  SignedVerdict,
  TradingState,
  VenueOrder,
} from '@portcullis/contracts';
import {
  type InputError,
  type Result,
  type Signer,
  type Verifier,
  assert,
  contentHash,
  ed25519Verifier,
  err,
  formatDecimal,
  required,
  unreachable,
} from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';
import { BridgeView } from './bridge-view.ts';
import { ControlLog } from './control-log.ts';
import type { DenialCode } from './denials.ts';
import { type Exposure, ExposureBooks } from './exposure.ts';
import { type GateConfig, type PreparedConfig, prepareGateConfig } from './gate-config.ts';
import { type GateEffect, type UnsignedEffect, signedEffect } from './gate-effect.ts';
import type { BridgeHeartbeat, GateInput } from './gate-input.ts';
import { Housekeeping } from './housekeeping.ts';
import { IntentMemory } from './intent-memory.ts';
import { judged } from './judging.ts';
import { MarketView } from './market-view.ts';
import { type LedgerOrder, OrderLedger, unbookable } from './order-ledger.ts';
import { OrderRates } from './order-rates.ts';
import { type NotReady, type RuleContext, orderOf } from './rule.ts';
import { firstDenial } from './rules/index.ts';
import { countApproval } from './rules/order-rate.ts';
import { approvedVerdict, deniedVerdict } from './verdicts.ts';

const SERVICE = 'riskd';

export interface GateCoreOptions {
  readonly account: string;
  /** Signs verdicts and permits. */
  readonly signer: Signer;
  /** Makes the verifier of an approver's public key; simulations pass their own kind of key. */
  readonly verifierOf?: (publicKey: string) => Verifier;
}

/**
 * The gate of one account: a synchronous state machine whose state is a function of its journal. It approves or denies
 * intents, reserves what it approved, signs verdicts and permits, and holds the kill latches.
 */
export class GateCore {
  readonly #account: string;
  readonly #signer: Signer;
  readonly #verifierOf: (publicKey: string) => Verifier;
  readonly #books = new ExposureBooks();
  readonly #ledger = new OrderLedger(this.#books);
  readonly #market = new MarketView();
  readonly #bridge = new BridgeView();
  readonly #rates = new OrderRates();
  readonly #memory = new IntentMemory();
  readonly #control = new ControlLog();
  readonly #housekeeping = new Housekeeping({ ledger: this.#ledger, memory: this.#memory, rates: this.#rates });
  /** Of every instrument that was ever configured: fills of one that was taken out still have to be booked. */
  readonly #rules = new Map<string, InstrumentRules>();
  readonly #decisions = new Map<DenialCode | 'APPROVED', number>();
  #prepared: PreparedConfig | undefined;
  #now = 0;
  #gateEpoch = 0;
  #leaseHeld = false;
  #caughtUp = false;

  constructor({ account, signer, verifierOf = ed25519Verifier }: GateCoreOptions) {
    this.#account = account;
    this.#signer = signer;
    this.#verifierOf = verifierOf;
  }

  /** Takes the next input. `journal` is the head of the journal whose last record is this input. */
  step(input: GateInput, journal: JournalHead): GateEffect[] {
    return this.#evolve(input, journal).map((effect) => signedEffect(this.#signer, effect));
  }

  /** Takes an input of the past: the same state as after {@link step}, without signing what nobody will get. */
  replay(input: GateInput, journal: JournalHead): void {
    this.#evolve(input, journal);
  }

  /** What is wrong with a configuration for this gate as it stands, before it is journaled as a `started` input. */
  checkConfig(config: GateConfig): Result<PreparedConfig, InputError> {
    if (config.account !== this.#account) {
      return err({ field: 'account', value: config.account, expected: this.#account });
    }
    const prepared = prepareGateConfig(config);
    if (!prepared.ok) return prepared;
    for (const rules of prepared.value.instruments.values()) {
      const known = this.#rules.get(rules.id);
      // Everything is counted in lots and ticks, so a book kept in the old ones cannot be read in new ones.
      if (known === undefined || known.moneyPerLot === rules.moneyPerLot) continue;
      const [value, expected] = [rules, known].map(({ lotSize }) => formatDecimal(lotSize.units, lotSize.scale));
      return err({
        field: `lotSize of ${rules.id}`,
        value: value ?? '',
        expected: `${expected ?? ''}, in which the journal was kept`,
      });
    }
    return prepared;
  }

  get gateEpoch(): number {
    return this.#gateEpoch;
  }

  get killEpoch(): number {
    return this.#control.state.killEpoch;
  }

  get latches(): readonly KillLatch[] {
    return this.#control.state.latches;
  }

  /** Why nothing can be approved at the moment, if so. */
  get notReady(): NotReady | undefined {
    if (this.#gateEpoch > 0 && !this.#leaseHeld) return 'lease-lost';
    if (!this.#caughtUp) return 'recovering';
    return this.#bridge.reconciled ? undefined : 'bridge-not-reconciled';
  }

  /** HALTED until the gate is ready; then what the configuration allows, at most REDUCING under a latch over the account. */
  get tradingState(): TradingState {
    const configured = this.#prepared?.config.tradingState ?? 'HALTED';
    if (this.notReady !== undefined || configured === 'HALTED') return 'HALTED';
    const latched = this.#control.coversAccount(this.#account, required(this.#prepared, 'configuration').config.venue);
    return latched ? 'REDUCING' : configured;
  }

  /** The account's exposure in an instrument, in lots; `holder` may also be `strategy.S` or `run.R`. */
  exposure(instrument: string, holder = 'account'): Exposure {
    return this.#books.of(holder, instrument);
  }

  /** Every exposure that is not flat, by `<holder> <instrument>`. */
  get exposures(): ReadonlyMap<string, Exposure> {
    return this.#books.all();
  }

  /** Orders that still reserve something, by client order id. */
  get openOrders(): ReadonlyMap<string, LedgerOrder> {
    return this.#ledger.open;
  }

  /** Decisions so far, replayed ones included, by denial code or `APPROVED`. */
  get decisions(): ReadonlyMap<DenialCode | 'APPROVED', number> {
    return this.#decisions;
  }

  /** Approved verdicts that the bridge has said nothing about yet: published again at a start, in case the bus lost them. */
  unanswered(): SignedVerdict[] {
    const signed: SignedVerdict[] = [];
    for (const order of this.#ledger.open.values()) {
      const decided = order.status === undefined ? this.#memory.get(order.intentId) : undefined;
      if (decided !== undefined) signed.push(signVerdict(this.#signer, decided.verdict));
    }
    return signed;
  }

  #evolve(input: GateInput, head: JournalHead): UnsignedEffect[] {
    // The wall clock may step back; windows and expiries must not open again.
    this.#now = Math.max(this.#now, input.at);
    const before = { state: this.tradingState, control: this.#control.state };
    const effects = this.#handle(input, head);
    effects.push(
      ...this.#housekeeping.at(this.#now).map((summary) => this.#alert('order-overdue', 'critical', summary)),
    );
    const changed = before.state !== this.tradingState || before.control !== this.#control.state;
    if (changed || input.type === 'started') effects.push({ type: 'control-state', state: this.#controlState(head) });
    return effects;
  }

  #handle(input: GateInput, head: JournalHead): UnsignedEffect[] {
    switch (input.type) {
      case 'started':
        this.#start(input.gateEpoch, input.config);
        return [];
      case 'caught-up':
        this.#caughtUp = true;
        return [];
      case 'lease-lost':
        this.#leaseHeld = false;
        return [
          this.#alert(
            'lease-lost',
            'critical',
            `gate epoch ${this.#gateEpoch} of account ${this.#account} lost its lease`,
          ),
        ];
      case 'intent':
        return this.#intent(input.intent, head);
      case 'order':
        return this.#order(input.event);
      case 'recon':
        return this.#recon(input.snapshot);
      case 'mark':
        return this.#mark(input);
      case 'gap':
        this.#market.gap(input.instrument, input.reason);
        return [];
      case 'heartbeat':
        return this.#heartbeat(input.heartbeat);
      case 'kill':
        if (!this.#control.kill(input)) return [];
        return [this.#alert('kill', 'critical', `kill of ${input.scope} by ${input.by}: ${input.reason}`)];
      case 'document': {
        const { scope, killEpoch } = input.document.statement;
        const refusal = this.#control.clear(this.#account, input.document, this.#now);
        if (refusal === undefined) {
          return [this.#alert('latch-cleared', 'warning', `latch ${scope} of epoch ${killEpoch} is open again`)];
        }
        return [this.#alert('clear-refused', 'warning', `clear of ${scope} at epoch ${killEpoch} refused: ${refusal}`)];
      }
      case 'timer':
        return [];
      default:
        return unreachable(input);
    }
  }

  #start(gateEpoch: number, config: GateConfig): void {
    assert(gateEpoch > this.#gateEpoch, `gate epoch ${gateEpoch} is not above ${this.#gateEpoch}`);
    const prepared = this.checkConfig(config);
    assert(prepared.ok, 'the configuration was not checked before it was journaled');
    this.#gateEpoch = gateEpoch;
    this.#leaseHeld = true;
    this.#caughtUp = false;
    this.#prepared = prepared.value;
    for (const rules of prepared.value.instruments.values()) this.#rules.set(rules.id, rules);
    this.#control.trust(keyring(config.approvers.map((key) => this.#verifierOf(key))));
  }

  #intent(intent: OrderIntent, head: JournalHead): UnsignedEffect[] {
    if (intent.account !== this.#account) return [];
    const intentHash = contentHash(intent);
    const decided = this.#memory.get(intent.intentId);
    if (decided?.hash === intentHash) return [{ type: 'verdict', verdict: decided.verdict }];
    const prepared = required(this.#prepared, 'configuration: an intent came before `started`');
    const knowledge = {
      prepared,
      notReady: this.notReady,
      tradingState: this.tradingState,
      latches: this.#control.state,
      books: this.#books,
      bridge: this.#bridge,
      market: this.#market,
      rates: this.#rates,
      memory: this.#memory,
    };
    const { context, venueOrder } = judged(knowledge, intent, intentHash, this.#now);
    const denial = firstDenial(context);
    const facts = {
      intent,
      intentHash,
      at: this.#now,
      killEpoch: this.killEpoch,
      gateEpoch: this.#gateEpoch,
      limitsVersion: prepared.limits.version,
      keyId: this.#signer.keyId,
      head,
    };
    const verdict =
      denial === undefined
        ? approvedVerdict(facts, required(venueOrder, 'order of an approved intent'), {
            reduces: context.reduction,
            bridgeEpoch: this.#bridge.epochAdopted,
          })
        : deniedVerdict(facts, denial);
    this.#count(denial?.code ?? 'APPROVED');
    if (verdict.decision === 'approved') this.#reserve(context, intent, verdict.venueOrder);
    if (decided === undefined) this.#memory.set(intent.intentId, { hash: intentHash, expiry: intent.expiry, verdict });
    return [{ type: 'verdict', verdict }];
  }

  #reserve(context: RuleContext, intent: OrderIntent, venueOrder: VenueOrder): void {
    const { reduction } = context;
    const { lots } = orderOf(context);
    const { runId, strategy, instrument, intentId, side } = intent;
    this.#ledger.reserve({
      clientOrderId: venueOrder.clientOrderId,
      intentId,
      runId,
      strategy,
      instrument,
      side,
      lots,
      reduces: reduction,
      since: this.#now,
    });
    countApproval(context);
  }

  #order(event: OrderEvent): UnsignedEffect[] {
    if (event.account !== this.#account) return [];
    const rules = this.#rules.get(event.instrument);
    const wrong = rules === undefined ? `instrument ${event.instrument} is not known` : unbookable(rules, event);
    if (rules === undefined || wrong !== undefined) {
      return this.#distrust(`order event ${event.eventId} cannot be booked: ${wrong ?? ''}`);
    }
    const { filled, surprise } = this.#ledger.apply(rules, event, this.#now);
    this.#bridge.note(event, filled);
    return surprise === undefined ? [] : [this.#alert('order-surprise', 'critical', surprise)];
  }

  #recon(snapshot: ReconSnapshot): UnsignedEffect[] {
    if (snapshot.account !== this.#account || !this.#bridge.adopt(this.#rules, snapshot)) return [];
    const [first] = snapshot.breaks;
    if (first === undefined) return [];
    const more = snapshot.breaks.length > 1 ? ` and ${snapshot.breaks.length - 1} more` : '';
    return this.#distrust(
      `break: ${first.kind} ${first.subject} is ${first.venue} at the venue, ${first.ours} in our books${more}`,
    );
  }

  /** The books may be wrong: only reductions pass until two people have looked. */
  #distrust(reason: string): UnsignedEffect[] {
    return this.#control.distrust(this.#account, SERVICE, { reason, at: this.#now })
      ? [this.#alert('account-distrusted', 'critical', reason)]
      : [];
  }

  #mark(input: Extract<GateInput, { type: 'mark' }>): UnsignedEffect[] {
    const rules = this.#rules.get(input.instrument);
    if (rules !== undefined) this.#market.mark(rules, input);
    return [];
  }

  /** Renews the bridge's permit, unless it is not the bridge that reconciled: silence stops it within the permit's life. */
  #heartbeat(heartbeat: BridgeHeartbeat): UnsignedEffect[] {
    const adopted = heartbeat.account === this.#account && heartbeat.bridgeEpoch === this.#bridge.epochAdopted;
    if (this.notReady !== undefined || !adopted || !heartbeat.reconciled) return [];
    const permit = {
      version: 1 as const,
      account: this.#account,
      mode: this.tradingState === 'ACTIVE' ? ('FULL' as const) : ('REDUCE' as const),
      killEpoch: this.killEpoch,
      gateEpoch: this.#gateEpoch,
      bridgeEpoch: heartbeat.bridgeEpoch,
      echo: heartbeat.nonce,
      issuedAt: this.#now,
      ttlMicros: PERMIT_TTL_MICROS,
      keyId: this.#signer.keyId,
    };
    return [{ type: 'permit', permit }];
  }

  #controlState(head: JournalHead): ControlState {
    return {
      version: 1,
      account: this.#account,
      tradingState: this.tradingState,
      gateEpoch: this.#gateEpoch,
      killEpoch: this.killEpoch,
      limitsVersion: this.#prepared?.limits.version ?? 0,
      latches: this.latches.map(({ scope, epoch, reason, by, at }) => ({ scope, epoch, reason, by, at })),
      at: this.#now,
      head: { seq: head.seq, hash: head.hash },
    };
  }

  #alert(name: string, severity: Alert['severity'], summary: string): UnsignedEffect {
    return {
      type: 'alert',
      alert: { version: 1, name, severity, summary: summary.slice(0, 500), source: SERVICE, at: this.#now },
    };
  }

  #count(code: DenialCode | 'APPROVED'): void {
    this.#decisions.set(code, (this.#decisions.get(code) ?? 0) + 1);
  }
}
