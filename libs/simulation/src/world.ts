import type { LimitSet } from '@portcullis/contracts';
import { isTerminal } from '@portcullis/execution';
import { SeededRandom } from '@portcullis/kernel';
import { SimulatedBus } from './bus.ts';
import { type ClaimedBooks, checkBooks } from './checkers/books-checker.ts';
import { unitsOf } from './checkers/decimals.ts';
import { EventChecker } from './checkers/event-checker.ts';
import { KillChecker } from './checkers/kill-checker.ts';
import { LedgerChecker } from './checkers/ledger-checker.ts';
import { VerdictIndex, ed25519Holds, keyedHashHolds } from './checkers/verdict-index.ts';
import type { Violation } from './checkers/violation.ts';
import { Collector } from './collector.ts';
import { FaultDial, type Faults } from './faults.ts';
import { type Keys, ed25519Keys, hashKeys } from './keys.ts';
import { SimulatedLeases } from './leases.ts';
import { Marks } from './marks.ts';
import { BridgeNode } from './nodes/bridge-node.ts';
import { GateNode } from './nodes/gate-node.ts';
import type { Host } from './nodes/process.ts';
import { RunNode } from './nodes/run-node.ts';
import { Desk } from './people/desk.ts';
import { Forger } from './people/forger.ts';
import { Operator } from './people/operator.ts';
import * as scenario from './scenario.ts';
import { Scheduler } from './scheduler.ts';
import { Trouble } from './trouble.ts';
import { VenueLink } from './venue-link.ts';
import { SimulatedVenue, VenueFlow } from './venue.ts';

export interface WorldOptions {
  readonly seed: string;
  readonly hours: number;
  readonly faults: Faults;
  readonly limits: LimitSet;
  /** Real signatures instead of keyed hashes. */
  readonly ed25519: boolean;
}

/** What the world is made of; tests put broken parts in, to see that they are caught. */
export interface WorldParts {
  readonly GateNode: typeof GateNode;
  readonly BridgeNode: typeof BridgeNode;
  readonly RunNode: typeof RunNode;
  readonly VenueLink: typeof VenueLink;
}

const PARTS: WorldParts = { GateNode, BridgeNode, RunNode, VenueLink };

const HOUR_MICROS = 3_600_000_000;
/** After the faults have ended: the market goes on for a while, then closes, and what is on its way arrives. */
const HEALING_MICROS = 60_000_000;
const CLOSING_MICROS = 40_000_000;

/** The money path in one thread, from one seed: services, bus, disks, venue, people, and checkers that watch the venue's ledger. */
export class World {
  readonly scheduler: Scheduler;
  readonly marks = new Marks();
  readonly ledgerChecker: LedgerChecker;
  readonly #options: WorldOptions;
  readonly #host: Host;
  readonly #venue: SimulatedVenue;
  readonly #gate: GateNode;
  readonly #bridge: BridgeNode;
  readonly #runs: RunNode;
  readonly #collector: Collector;
  readonly #trouble: Trouble;
  readonly #people: { readonly operator: Operator; readonly desk: Desk; readonly forger: Forger };
  readonly #killChecker: KillChecker;
  readonly #eventChecker = new EventChecker();
  readonly #counts = { intents: 0, approved: 0, denied: 0 };
  #ledgerRead = 0;
  #violations: Violation[] = [];

  constructor(options: WorldOptions, parts: Partial<WorldParts> = {}) {
    this.#options = options;
    const { seed, faults: drawn } = options;
    const keys = options.ed25519 ? ed25519Keys(seed) : hashKeys(seed);
    const scheduler = new Scheduler(seed, scenario.START_MICROS);
    const random = (name: string): SeededRandom => SeededRandom.stream(seed, name);
    const faults = new FaultDial(drawn);
    const bus = new SimulatedBus({ scheduler, faults, marks: this.marks, random });
    const leases = new SimulatedLeases(() => scheduler.now);
    const host: Host = { scheduler, bus, leases, faults, marks: this.marks, random };
    this.scheduler = scheduler;
    this.#host = host;
    this.#venue = new SimulatedVenue(scenario.RULES, scenario.BALANCES, () => scheduler.now);
    const made = { ...PARTS, ...parts };
    const config = scenario.bridgeConfig(keys);
    const link = new made.VenueLink(host, this.#venue, config.timing.recvWindowMicros);
    this.#gate = new made.GateNode(host, {
      config: scenario.gateConfig(options.limits, keys),
      signer: keys.gate,
      verifierOf: (name) => keys.verifierOf(name),
      bridgeInstance: scenario.BRIDGE_INSTANCE,
    });
    this.#bridge = new made.BridgeNode(host, { config, link });
    this.#runs = new made.RunNode(host, {
      account: scenario.ACCOUNT,
      gateKeys: keys.gateKeys,
      runs: scenario.runConfigurations(seed),
    });
    this.#collector = new Collector(
      host,
      this.#venue,
      new VenueFlow(this.#venue, random('market flow'), scenario.FAIR_TICKS),
    );
    this.#trouble = new Trouble(host, [this.#gate, this.#bridge, this.#runs]);
    const verdicts = new VerdictIndex(signatureCheck(keys));
    this.#killChecker = new KillChecker(verdicts);
    this.ledgerChecker = ledgerChecker(options.limits, verdicts);
    this.#watch(verdicts);
    const operator = new Operator(host, keys, this.#killChecker);
    const desk = new Desk(host, this.#venue, () => this.ledgerChecker.position('account'));
    this.#people = { operator, desk, forger: new Forger(host) };
  }

  get violations(): readonly Violation[] {
    return this.#violations;
  }

  get counts(): { readonly intents: number; readonly approved: number; readonly denied: number } {
    return this.#counts;
  }

  /** Runs all of it and stops at the first violation. `onProgress` gets the simulated hours that have passed. */
  run(onProgress: (hours: number) => void = () => undefined): void {
    const { hours } = this.#options;
    const end = scenario.START_MICROS + hours * HOUR_MICROS;
    for (const process of [this.#bridge, this.#gate, this.#runs]) process.boot();
    this.#collector.start();
    this.#trouble.start();
    this.#people.operator.start(hours);
    this.#people.desk.start();
    this.#people.forger.start();
    for (let until = scenario.START_MICROS; until < end && this.#violations.length === 0;) {
      until = Math.min(end, until + HOUR_MICROS / 10);
      this.#runUntil(until);
      onProgress((until - scenario.START_MICROS) / HOUR_MICROS);
    }
    if (this.#violations.length === 0) this.#heal(end);
  }

  #heal(at: number): void {
    this.#host.faults.heal();
    this.#trouble.heal();
    this.#runUntil(at + CLOSING_MICROS);
    this.#collector.close();
    this.#runUntil(at + HEALING_MICROS);
    if (this.#violations.length === 0) this.#violations = checkBooks(this.#claimed(), this.scheduler.now);
  }

  #runUntil(until: number): void {
    try {
      this.scheduler.runUntil(until, () => this.#check());
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#violations = [{ invariant: 'assertion', at: this.scheduler.now, what: `${error.stack ?? error.message}` }];
    }
  }

  /** Lets the checkers read what is new; true when something is wrong. */
  #check(): boolean {
    const { ledger } = this.#venue;
    for (let entry = ledger[this.#ledgerRead]; entry !== undefined; entry = ledger[this.#ledgerRead]) {
      this.#ledgerRead += 1;
      this.scheduler.record('venue', JSON.stringify(entry));
      this.ledgerChecker.take(entry);
      this.#killChecker.take(entry);
      this.#eventChecker.takeLedger(entry);
    }
    const found = [this.ledgerChecker, this.#killChecker, this.#eventChecker].find(
      (checker) => checker.violation !== undefined,
    );
    if (found?.violation !== undefined && this.#violations.length === 0) this.#violations = [found.violation];
    return this.#violations.length > 0;
  }

  #watch(verdicts: VerdictIndex): void {
    this.#host.bus.onStored(({ stream, subject, body, storedAt }) => {
      if (stream === 'VERDICTS') {
        const news = verdicts.take(body);
        if (news !== 'nothing') this.#counts[news] += 1;
      } else if (stream === 'INTENTS') this.#counts.intents += 1;
      else if (stream === 'CONTROL') this.#killChecker.takeControl({ subject, body, storedAt });
      else if (stream === 'ORDERS') this.#eventChecker.takeEvent(body, storedAt);
      else if (stream === 'RECON') this.#eventChecker.takeSnapshot(body, storedAt);
    });
  }

  #claimed(): ClaimedBooks {
    const [gate, bridge] = [this.#gate.core, this.#bridge.core];
    const { RULES, DESK_RUN } = scenario;
    const account = this.ledgerChecker.position('account');
    const runs = this.#runs.kernels.map((kernel) => {
      const { runId, position } = kernel.status();
      return {
        who: `livyd run.${runId}`,
        claimed: unitsOf(position, RULES.lotSize.scale),
        ledger: this.ledgerChecker.position(`run.${runId}`),
      };
    });
    const ofRuns = [...this.#runs.kernels.map((kernel) => kernel.configuration.runId), DESK_RUN].map((runId) => ({
      who: `riskd run.${runId}`,
      claimed: BigInt(gate.exposure(RULES.id, `run.${runId}`).position),
      ledger: this.ledgerChecker.position(`run.${runId}`),
    }));
    const live = bridge.orders().filter(({ status }) => !isTerminal(status));
    const expected = bridge.books.expected();
    return {
      positions: [
        { who: 'riskd account', claimed: BigInt(gate.exposure(RULES.id).position), ledger: account },
        { who: 'bridge account', claimed: BigInt(bridge.books.position(RULES.id).quantity), ledger: account },
        ...ofRuns,
        ...runs,
      ],
      balances: [...this.#venue.balances()].map(([currency, venue]) => ({
        currency,
        claimed: expected.get(currency),
        venue,
      })),
      openAtVenue: this.#venue.openOrders().map(({ order }) => order.clientOrderId),
      openAtBridge: live.map(({ clientOrderId }) => clientOrderId),
      reservedAtGate: [...gate.openOrders.keys()],
      unresolved: live.filter(({ status }) => status === 'UNRESOLVED').map(({ clientOrderId }) => clientOrderId),
      stuck: this.#stuck(),
    };
  }

  #stuck(): string[] {
    const stuck: string[] = [];
    const { notReady } = this.#gate.core;
    if (notReady !== undefined) stuck.push(`riskd approves nothing: ${notReady}`);
    if (!this.#bridge.core.reconciled) stuck.push('the bridge has not reconciled');
    if (!this.#bridge.permitted) stuck.push('the bridge has no permit');
    for (const { runId, live, replayed } of this.#runs.parity()) {
      if (live !== replayed) stuck.push(`run ${runId} has the decision hash ${live}, its journal gives ${replayed}`);
    }
    for (const kernel of this.#runs.kernels) {
      if (kernel.state !== 'running') {
        stuck.push(`run ${kernel.configuration.runId} is ${kernel.state}: ${kernel.failure ?? ''}`);
      }
    }
    return stuck;
  }
}

function signatureCheck(keys: Keys): ConstructorParameters<typeof VerdictIndex>[0] {
  return keys.gateSecret === undefined ? ed25519Holds(keys.gatePublicKey) : keyedHashHolds(keys.gateSecret);
}

function ledgerChecker(limits: LimitSet, verdicts: VerdictIndex): LedgerChecker {
  const { RULES } = scenario;
  const quantityScale = RULES.lotSize.scale;
  const positionMax = new Map<string, bigint>();
  for (const { scope, limits: of } of scenario.gateLimits(limits).entries) {
    if (of.positionMax !== undefined) positionMax.set(scope, unitsOf(of.positionMax, quantityScale));
  }
  return new LedgerChecker({ verdicts, quantityScale, priceScale: RULES.tickSize.scale, positionMax });
}
