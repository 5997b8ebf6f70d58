import type { Server } from 'node:http';
import { UserError, checkConfig, wallMicros } from '@portcullis/config';
import { assert, describeInputError } from '@portcullis/kernel';
import { formatPrice, instrumentRules, parsePrice } from '@portcullis/market';
import { ApiSession } from './inbound/api-session.ts';
import type { Dialect } from './inbound/dialect.ts';
import { FlowFeed } from './inbound/flow/flow-feed.ts';
import type { Flow } from './inbound/flow/flow.ts';
import { GeneratedFlow } from './inbound/flow/generated-flow.ts';
import { type CaptureScan, PRESCAN_LINES, inspectCapture } from './inbound/flow/inspect-capture.ts';
import { LiveFlow } from './inbound/flow/live-flow.ts';
import type { MarketSource } from './inbound/flow/market-source.ts';
import { RecordedFlow } from './inbound/flow/recorded-flow.ts';
import { type VenueLog, venueHttpServer } from './inbound/http-server.ts';
import { marketSession } from './inbound/market-session.ts';
import { simDoor } from './inbound/sim-door.ts';
import { Sockets } from './inbound/sockets.ts';
import { FrameRecord } from './outbound/frame-record.ts';
import { MarketPublisher } from './outbound/market-publisher.ts';
import { StreamHub } from './outbound/stream-hub.ts';
import { UserStreams } from './outbound/user-streams.ts';
import { VenueCounters } from './state/counters.ts';
import { Faults } from './state/faults.ts';
import { lockFolder } from './state/folder-lock.ts';
import { keyRing } from './state/key-ring.ts';
import { Ledger } from './state/ledger.ts';
import type { LedgerRecord } from './state/ledger-record.ts';
import { Market } from './state/market.ts';
import { MarketStatistics } from './state/market-statistics.ts';
import { readMarks, writeMarks } from './state/marks.ts';
import { RequestBudgets } from './state/request-budgets.ts';
import { VenueBooks } from './state/venue-books.ts';
import { VenueEngine } from './state/venue-engine.ts';
import {
  type MarketConfig,
  type VenuesimConfig,
  type VenuesimConfigInput,
  venuesimConfigSchema,
} from './venuesim.config.ts';

const MARKS_INTERVAL_MS = 5000;
const DRAIN_MS = 1000;

/** What a running venue offers to the process around it, and to tests. */
export interface Venue {
  readonly port: number;
  readonly url: string;
  readonly counters: VenueCounters;
  /** Undefined while orders are taken, else the reason why not. */
  notReady(): string | undefined;
  /** Records of the ledger from a sequence number on. */
  ledger(from?: number): LedgerRecord[];
  /** Stops the flows, closes all connections and the ledger. */
  stop(): Promise<void>;
}

export interface VenueParts {
  readonly log?: VenueLog;
  /** For live flows: where the market events of an instrument come from. */
  readonly liveSource?: (instrument: { readonly venue: string; readonly symbol: string }) => MarketSource;
}

interface Plan {
  readonly config: VenuesimConfig;
  readonly parts: VenueParts;
  /** What was found in the capture of each market that plays one. */
  readonly scans: readonly (CaptureScan | undefined)[];
  /** Gives the ledger's folder back. */
  readonly unlock: () => void;
}

interface OpenedMarket {
  readonly config: MarketConfig;
  readonly market: Market;
  readonly scan: CaptureScan | undefined;
}

const SILENT: VenueLog = { log: () => undefined, warn: () => undefined };
const LEDGER_READ_MAX = 1_000_000;

/**
 * Starts a venue in this process. Throws a UserError when the configuration, a capture, the ledger or the port
 * cannot be used.
 */
export async function startVenue(input: VenuesimConfigInput, parts: VenueParts = {}): Promise<Venue> {
  const config = checkConfig(venuesimConfigSchema, input, 'the venue options');
  const scans = await Promise.all(config.markets.map(scanOf));
  const unlock = lockFolder(config.ledgerDir);
  let building: VenueBuilding | undefined;
  try {
    building = new VenueBuilding({ config, parts, scans, unlock });
    await building.open();
    return building;
  } catch (error) {
    await building?.stop();
    unlock();
    throw error;
  }
}

async function scanOf({ flow, instrument }: MarketConfig): Promise<CaptureScan | undefined> {
  if (flow.kind !== 'recorded') return undefined;
  const venue = instrument === undefined ? {} : { venue: instrument.venue };
  return inspectCapture(flow.file, { ...venue, linesMax: PRESCAN_LINES });
}

/** Puts the rooms together: ledger and books, markets with their flows, the doors. */
class VenueBuilding implements Venue {
  readonly counters = new VenueCounters();
  readonly #config: VenuesimConfig;
  readonly #unlock: () => void;
  readonly #parts: VenueParts;
  readonly #log: VenueLog;
  readonly #faults = new Faults();
  readonly #books = new VenueBooks();
  readonly #ledger: Ledger;
  readonly #hub: StreamHub;
  readonly #publisher: MarketPublisher;
  readonly #users = new UserStreams(this.#books, this.counters);
  readonly #opened: readonly OpenedMarket[];
  readonly #engine: VenueEngine;
  readonly #sockets: Sockets;
  readonly #http: Server;
  #flows: readonly Flow[] = [];
  #marks: NodeJS.Timeout | undefined;
  #port = 0;
  #ready = false;
  #stopping: Promise<void> | undefined;

  constructor({ config, parts, scans, unlock }: Plan) {
    this.#unlock = unlock;
    this.#config = config;
    this.#parts = parts;
    this.#log = parts.log ?? SILENT;
    const nowMillis = (): number => Math.floor(wallMicros() / 1000);
    this.#hub = new StreamHub(this.#faults, recordOf(config, scans, nowMillis));
    this.#publisher = new MarketPublisher(this.#hub, this.counters, nowMillis);
    // What people can get wrong comes before anything that would have to be undone.
    const keys = keyRing(config.accounts);
    this.#ledger = Ledger.open(config.ledgerDir, wallMicros, (record) => this.#books.apply(record));
    this.#opened = config.markets.map((market, index) => this.#openMarket(market, scans[index]));
    const markets = new Map(this.#opened.map(({ market }) => [market.symbol, market]));
    assertDistinct(this.#opened);
    this.#engine = new VenueEngine({
      books: this.#books,
      markets,
      ledger: this.#ledger,
      listener: this.#users,
      fees: config.fees,
      wallMicros,
    });
    const dialect: Dialect = {
      engine: this.#engine,
      markets,
      keys,
      budgets: new RequestBudgets(config.limits),
      counters: this.counters,
      prevention: config.selfTradePrevention,
      fees: config.fees,
    };
    this.#sockets = new Sockets(config.limits, this.counters, this.#log);
    this.#http = this.#doors(dialect);
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://${this.#config.host}:${this.#port}`;
  }

  notReady(): string | undefined {
    if (!this.#ready) return 'starting or stopping';
    const closed = this.#opened.filter(({ market }) => !market.open).map(({ market }) => market.symbol);
    return closed.length === 0 ? undefined : `no market data of ${closed.join(', ')} yet`;
  }

  ledger(from = 1): LedgerRecord[] {
    return this.#ledger.read(from, LEDGER_READ_MAX);
  }

  async open(): Promise<void> {
    this.#record({ type: 'venue-started', instance: this.#config.instance, version: 1 });
    const { restored, expired } = this.#engine.restoreOpenOrders();
    if (restored + expired > 0) this.#log.log('open orders of the ledger are back', { restored, expired });
    for (const { market } of this.#opened) {
      const known = this.#books.definitions.get(market.symbol) === JSON.stringify(market.definition);
      if (!known) this.#record({ type: 'market-opened', definition: market.definition });
      market.publish([], this.#engine.nowMillis());
    }
    for (const { name, balances } of this.#config.accounts) {
      if (!this.#books.accounts.has(name)) this.#record({ type: 'account-funded', account: name, balances });
    }
    this.#flows = this.#opened.flatMap((opened) => this.#flowOf(opened) ?? []);
    for (const flow of this.#flows) await flow.start();
    this.#publisher.start();
    this.#port = await listen(this.#http, this.#config.port, this.#config.host);
    this.#marks = setInterval(() => this.#writeMarks(), MARKS_INTERVAL_MS);
    this.#ready = true;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const wasReady = this.#ready;
    this.#ready = false;
    clearInterval(this.#marks);
    await Promise.all(this.#flows.map((flow) => flow.stop()));
    this.#publisher.stop();
    this.#sockets.stop();
    this.#hub.stop();
    await closed(this.#http);
    if (wasReady) this.#writeMarks();
    this.#record({ type: 'venue-stopped' });
    this.#ledger.close();
    this.#unlock();
  }

  #openMarket(config: MarketConfig, scan: CaptureScan | undefined): OpenedMarket {
    const definition = config.instrument ?? scan?.definition;
    assert(definition !== undefined, 'a market has an instrument');
    const rules = instrumentRules(definition);
    if (!rules.ok) {
      throw new UserError(
        `the instrument ${definition.symbol} does not work: ${describeInputError(rules.error)}`,
        'correct the instrument',
      );
    }
    // Numbers begin at the clock's microseconds, so that those of a restart are above those of the process before it.
    const now = wallMicros();
    const market = new Market({
      definition,
      rules: rules.value,
      statistics: new MarketStatistics(),
      listener: this.#publisher,
      tradeIdFirst: Math.max(now, this.#books.tradeIdLast + 1),
      sequence: scan === undefined ? now : (scan.snapshot?.sequence ?? 0),
    });
    this.#publisher.add(market);
    return { config, market, scan };
  }

  #flowOf({ config, market, scan }: OpenedMarket): Flow | undefined {
    const { flow } = config;
    const shared = { engine: this.#engine, market, faults: this.#faults, counters: this.counters, log: this.#log };
    switch (flow.kind) {
      case 'generated': {
        const mark = readMarks(this.#config.ledgerDir)[market.symbol];
        const last = mark === undefined ? undefined : parsePrice(market.rules, mark);
        const lastPrice = last?.ok === true && last.value > 0 ? last.value : undefined;
        return new GeneratedFlow({ ...shared, config: flow, lastPrice });
      }
      case 'recorded': {
        assert(scan !== undefined, 'a recorded flow was scanned');
        const feed = new FlowFeed(this.#engine, market, this.counters);
        return new RecordedFlow({ ...shared, config: flow, scan, feed, publisher: this.#publisher });
      }
      case 'live': {
        const source = this.#parts.liveSource?.({ venue: flow.venue, symbol: flow.symbol });
        if (source === undefined) throw new UserError('a live flow needs the bus', 'give bus in the configuration');
        return new LiveFlow({ ...shared, source, feed: new FlowFeed(this.#engine, market, this.counters) });
      }
      case 'none':
        return undefined;
    }
  }

  #doors(dialect: Dialect): Server {
    const context = { dialect, faults: this.#faults, log: this.#log };
    const http = venueHttpServer({
      ...context,
      sideDoor: simDoor({
        dialect,
        ledger: this.#ledger,
        faults: this.#config.faults ? this.#faults : null,
        cut: (kind) => this.#sockets.cut(kind),
        notReady: () => this.notReady(),
      }),
    });
    this.#sockets.attach(http, {
      market: (socket, url) => marketSession(this.#hub, socket, url),
      user: (socket, _url, request) =>
        new ApiSession({ ...context, users: this.#users }, socket, request.socket.remoteAddress ?? ''),
    });
    return http;
  }

  #writeMarks(): void {
    const marks = this.#opened.flatMap(({ market }) => {
      const last = market.book.lastTradePrice();
      return last === undefined ? [] : [[market.symbol, formatPrice(market.rules, last)] as const];
    });
    writeMarks(this.#config.ledgerDir, { ...readMarks(this.#config.ledgerDir), ...Object.fromEntries(marks) });
  }

  #record(entry: Parameters<Ledger['append']>[0]): void {
    this.#books.apply(this.#ledger.append(entry));
  }
}

/** The record of market frames that the configuration asks for. */
function recordOf(
  { record, markets }: VenuesimConfig,
  scans: Plan['scans'],
  nowMillis: () => number,
): FrameRecord | undefined {
  if (record === undefined) return undefined;
  const symbols = markets.flatMap(({ instrument }, at) => (instrument ?? scans[at]?.definition)?.symbol ?? []);
  const streams = symbols.flatMap((symbol) => record.streams.map((stream) => `${symbol.toLowerCase()}@${stream}`));
  return new FrameRecord({ dir: record.dir, streams, nowMillis });
}

function assertDistinct(opened: readonly OpenedMarket[]): void {
  const symbols = opened.map(({ market }) => market.symbol);
  const twice = symbols.find((symbol, index) => symbols.indexOf(symbol) !== index);
  if (twice !== undefined) throw new UserError(`two markets are called ${twice}`, 'give each symbol once');
}

function listen(http: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'is busy' : `cannot be used (${cause.code ?? cause.message})`;
      reject(
        new UserError(
          `port ${port} of ${host} ${why}`,
          'choose another port in the configuration, or 0 for a free one',
          { cause },
        ),
      );
    });
    http.listen(port, host, () => {
      const address = http.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** Lets answers that are on their way go out, then cuts what is left. */
function closed(http: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!http.listening) {
      resolve();
      return;
    }
    http.close(() => resolve());
    http.closeIdleConnections();
    setTimeout(() => http.closeAllConnections(), DRAIN_MS).unref();
  });
}
