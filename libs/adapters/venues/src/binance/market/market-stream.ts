import type { InstrumentRules } from '@portcullis/market';
import { WebSocket } from 'ws';
import { BookSync, type SyncStep } from './book-sync.ts';
import { type VenueMarketEvent, type VenueSnapshot, parseFrame, parseSnapshot } from './parse-frame.ts';

const FRAME_BYTES_MAX = 4 * 1024 * 1024;
const HANDSHAKE_MS_MAX = 5000;
const SNAPSHOT_MS_MAX = 5000;
/** How long deltas gather before their snapshot is asked for, so that it is not older than the first of them. */
const SNAPSHOT_DELAY_MS = 150;
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 10_000;
const STALE_MS = 10_000;
const SNAPSHOT_LEVELS = 1000;

export interface BinanceMarketStreamOptions {
  /** For example `https://api.binance.com`. */
  readonly restUrl: string;
  /** For example `wss://stream.binance.com:9443/stream`. */
  readonly wsUrl: string;
  readonly instruments: readonly InstrumentRules[];
  /** Every event in the order in which it came; `receivedMicros` in microseconds since the epoch. */
  readonly onEvent: (event: VenueMarketEvent, receivedMicros: number) => void;
  /** Trouble that mends itself (refused connection, malformed frame), for a log. */
  readonly onTrouble?: (what: string) => void;
  /** Without a frame for this long the connection counts as dead. */
  readonly staleMs?: number;
}

export interface StreamCounters {
  readonly frames: number;
  readonly malformed: number;
  readonly connections: number;
  readonly snapshots: number;
}

interface Followed {
  readonly symbol: string;
  readonly sync: BookSync;
  /** A snapshot is being fetched or waited for. */
  fetching: boolean;
  failures: number;
}

const wallMicros = (): number => Date.now() * 1000;
const retryMs = (failures: number): number =>
  Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2);

/**
 * Best quotes, trades and the sequence-checked book of some instruments, over one combined stream of Binance spot (or
 * what speaks like it). It reconnects by itself; every hole is told as a gap event (`gap`, `disconnect`, `stale`) and
 * followed by a snapshot and `resync` once the book is whole. Quotes are held back while it is not.
 */
export class BinanceMarketStream {
  readonly #options: BinanceMarketStreamOptions;
  readonly #followed: ReadonlyMap<string, Followed>;
  readonly #closing = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  #counters = { frames: 0, malformed: 0, connections: 0, snapshots: 0 };
  #socket: WebSocket | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #lastFrameAt = 0;
  #failures = 0;

  constructor(options: BinanceMarketStreamOptions) {
    this.#options = options;
    this.#followed = new Map(
      options.instruments.map((rules) => [
        rules.symbol,
        { symbol: rules.symbol, sync: new BookSync(rules), fetching: false, failures: 0 },
      ]),
    );
  }

  get counters(): StreamCounters {
    return this.#counters;
  }

  /** Whether every instrument's book is whole. */
  get live(): boolean {
    return [...this.#followed.values()].every(({ sync }) => sync.live);
  }

  /** The best levels of a book that is whole, for those who come later. */
  snapshot(symbol: string, levels: number): VenueSnapshot | undefined {
    return this.#followed.get(symbol)?.sync.snapshot(levels, wallMicros());
  }

  /** Begins to connect, for ever. What happened before is not known, and said so. */
  start(): void {
    this.#loseAll('disconnect', 'nothing is known yet');
    this.#watchdog = setInterval(() => this.#watch(), this.#staleMs / 4);
    this.#connect();
  }

  /** Ends the connection; no event comes after it. */
  close(): void {
    this.#closing.abort();
    clearInterval(this.#watchdog);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#socket?.terminate();
  }

  get #staleMs(): number {
    return this.#options.staleMs ?? STALE_MS;
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  #connect(): void {
    if (this.#closed) return;
    const socket = new WebSocket(this.#options.wsUrl, {
      handshakeTimeout: HANDSHAKE_MS_MAX,
      maxPayload: FRAME_BYTES_MAX,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    this.#lastFrameAt = Date.now();
    socket.on('open', () => this.#opened(socket));
    socket.on('message', (data) => {
      if (this.#socket === socket && !this.#closed) this.#frame((data as Buffer).toString());
    });
    // `close` always follows.
    socket.on('error', (error) => this.#options.onTrouble?.(`market stream: ${error.message}`));
    socket.on('close', (code) => {
      if (this.#socket === socket) this.#lost('disconnect', `the connection ended (${code})`);
    });
  }

  #opened(socket: WebSocket): void {
    this.#counters.connections += 1;
    const streams = [...this.#followed.keys()].flatMap((symbol) =>
      ['bookTicker', 'trade', 'depth@100ms'].map((stream) => `${symbol.toLowerCase()}@${stream}`),
    );
    socket.send(JSON.stringify({ method: 'SUBSCRIBE', params: streams, id: this.#counters.connections }));
    for (const followed of this.#followed.values()) this.#wantSnapshot(followed);
  }

  /** The connection is gone or as good as gone: everybody hears of it once, and the next attempt is planned. */
  #lost(reason: 'disconnect' | 'stale', detail: string): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.terminate();
    if (this.#closed) return;
    this.#loseAll(reason, detail);
    this.#later(retryMs(this.#failures), () => this.#connect());
    this.#failures += 1;
  }

  #loseAll(reason: 'disconnect' | 'stale', detail: string): void {
    const at = wallMicros();
    for (const { sync } of this.#followed.values()) this.#options.onEvent(sync.lose(reason, detail, at), at);
  }

  #watch(): void {
    if (this.#socket !== undefined && Date.now() - this.#lastFrameAt > this.#staleMs) {
      this.#lost('stale', `no frame for ${this.#staleMs} ms`);
    }
  }

  #frame(text: string): void {
    const received = wallMicros();
    this.#lastFrameAt = Date.now();
    this.#failures = 0;
    this.#counters.frames += 1;
    const parsed = parseFrame(parseJson(text), received);
    if (!parsed.ok) {
      this.#counters.malformed += 1;
      this.#options.onTrouble?.(`malformed frame: ${parsed.error.member} is ${parsed.error.value}`);
      return;
    }
    const event = parsed.value;
    const followed = event === undefined ? undefined : this.#followed.get(event.symbol);
    if (event === undefined || followed === undefined) return;
    if (event.kind === 'delta') this.#take(followed, followed.sync.onDelta(event), received);
    else if (event.kind === 'trade' || followed.sync.live) this.#options.onEvent(event, received);
  }

  #take(followed: Followed, { events, wantsSnapshot }: SyncStep, received: number): void {
    for (const event of events) this.#options.onEvent(event, received);
    if (wantsSnapshot) this.#wantSnapshot(followed);
  }

  #wantSnapshot(followed: Followed): void {
    if (followed.fetching) return;
    followed.fetching = true;
    const delay = followed.failures === 0 ? SNAPSHOT_DELAY_MS : retryMs(followed.failures);
    this.#later(delay, () => void this.#fetchSnapshot(followed));
  }

  async #fetchSnapshot(followed: Followed): Promise<void> {
    const socket = this.#socket;
    const snapshot = await this.#download(followed.symbol);
    followed.fetching = false;
    if (this.#closed) return;
    if (snapshot === undefined) {
      followed.failures += 1;
      this.#wantSnapshot(followed);
      return;
    }
    this.#counters.snapshots += 1;
    // After a reconnect the buffer holds other deltas, and a book without a stream is worth nothing.
    if (socket === undefined || socket !== this.#socket) {
      return this.#socket === undefined ? undefined : this.#wantSnapshot(followed);
    }
    if (followed.sync.live) return;
    const step = followed.sync.onSnapshot(snapshot);
    followed.failures = step.wantsSnapshot ? followed.failures + 1 : 0;
    this.#take(followed, step, wallMicros());
  }

  async #download(symbol: string): Promise<VenueSnapshot | undefined> {
    const url = `${this.#options.restUrl}/api/v3/depth?symbol=${encodeURIComponent(symbol)}&limit=${SNAPSHOT_LEVELS}`;
    try {
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(SNAPSHOT_MS_MAX)]);
      const answer = await fetch(url, { signal, redirect: 'error' });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const parsed = parseSnapshot(await answer.json(), symbol, wallMicros());
      if (!parsed.ok) throw new Error(`${parsed.error.member} is ${parsed.error.value}`);
      return parsed.value;
    } catch (error) {
      if (!this.#closed) this.#options.onTrouble?.(`snapshot of ${symbol}: ${(error as Error).message}`);
      return undefined;
    }
  }

  #later(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#closed) act();
    }, delayMs);
    this.#timers.add(timer);
  }
}

/** Undefined for a frame that is no JSON, which the parser then names as malformed. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
