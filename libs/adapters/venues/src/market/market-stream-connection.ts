import { wallMicros } from '@portcullis/config';
import type { DataStream, ScaledBook, ScaledEvent } from '@portcullis/market';
import { WebSocket } from 'ws';
import type { MarketDialect, OutgoingFrame } from './dialect.ts';
import { backoffMs } from './market-stream-backoff.ts';
import type { MarketRest } from './market-stream-rest.ts';
import { MarketNormalizer, type NormalizerCounters, type NormalizerOptions } from './normalizer.ts';

const FRAME_BYTES_MAX = 16 * 1024 * 1024;
const HANDSHAKE_MS_MAX = 10_000;
/** How long deltas gather before their snapshot is asked for, so that it is not older than the first of them. */
const SNAPSHOT_DELAY_MS = 150;
/** A connection that lived so long was well; its end starts the waiting anew. */
const WELL_MS = 5000;
/** Subscriptions a second: Binance cuts those who send more than 5 messages. */
const SENDS_PER_SECOND = 4;

/** A frame as it came, or the answer to the request for a whole book, for those who record everything. */
export interface RawFrame {
  /** Of the one instrument that the connection follows: recorded connections have one each. */
  readonly symbol: string;
  readonly bytes: Uint8Array;
  readonly receivedMicros: number;
}

export interface ConnectionOptions {
  readonly dialect: MarketDialect;
  readonly wsUrl: string;
  readonly rest: MarketRest;
  readonly streams: readonly DataStream[];
  readonly staleMs: number;
  readonly onEvent: (event: ScaledEvent, receivedMicros: number) => void;
  readonly onFrame?: ((frame: RawFrame) => void) | undefined;
  readonly onDropped?: NormalizerOptions['onDropped'] | undefined;
  readonly onReconnected?: ((symbols: Iterable<string>, at: number) => void) | undefined;
  readonly onTrouble: (what: string) => void;
}

/** One socket to a venue and the normalizer behind it. It connects again by itself, for ever, until it is closed. */
export class MarketStreamConnection {
  readonly #options: ConnectionOptions;
  readonly #normalizer: MarketNormalizer;
  readonly #symbols = new Set<string>();
  /** Symbols whose whole book is on its way, and how often it failed. */
  readonly #wanted = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #outgoing: OutgoingFrame[] = [];
  #sending: NodeJS.Timeout | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #socket: WebSocket | undefined;
  #generation = 0;
  #openedAt = 0;
  #lastFrameAt = 0;
  #failed = 0;
  #connections = 0;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#normalizer = new MarketNormalizer(options.dialect, {
      onEvent: (event, receivedMicros) => {
        if (!this.#closed) options.onEvent(event, receivedMicros);
      },
      onSnapshotWanted: (symbol) => this.#wantSnapshot(symbol),
      onFrameError: ({ member, value, expected }) =>
        options.onTrouble(`malformed frame: ${member} is ${value}, expected ${expected}`),
      onDropped: (drop, symbol, receivedMicros) => options.onDropped?.(drop, symbol, receivedMicros),
      quotesNeedBook: options.streams.includes('book'),
    });
  }

  get symbols(): ReadonlySet<string> {
    return this.#symbols;
  }

  get connections(): number {
    return this.#connections;
  }

  get open(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  get counters(): Readonly<NormalizerCounters> {
    return this.#normalizer.counters;
  }

  whole(symbol: string): boolean {
    return this.#options.streams.includes('book') ? this.#normalizer.whole(symbol) : this.open;
  }

  book(symbol: string): ScaledBook | undefined {
    return this.#normalizer.book(symbol);
  }

  /** Begins with these symbols, of which nothing is known yet: each hears so. */
  start(symbols: readonly string[]): void {
    for (const symbol of symbols) this.#symbols.add(symbol);
    this.#normalizer.follow(symbols);
    this.#normalizer.disconnected('disconnect', 'nothing is known yet', wallMicros());
    this.#watchdog = setInterval(() => this.#watch(), this.#options.staleMs / 4);
    this.#connect();
  }

  follow(symbols: readonly string[]): void {
    const fresh = symbols.filter((symbol) => !this.#symbols.has(symbol));
    for (const symbol of fresh) this.#symbols.add(symbol);
    this.#normalizer.follow(fresh);
    for (const symbol of fresh) this.#normalizer.lose(symbol, 'nothing is known yet', wallMicros());
    if (this.open) this.#send(this.#options.dialect.subscribe({ symbols: fresh, streams: this.#options.streams }));
  }

  unfollow(symbols: readonly string[]): void {
    const gone = symbols.filter((symbol) => this.#symbols.delete(symbol));
    this.#normalizer.unfollow(gone);
    for (const symbol of gone) this.#failures.delete(symbol);
    if (gone.length > 0 && this.open) {
      this.#send(this.#options.dialect.unsubscribe({ symbols: gone, streams: this.#options.streams }));
    }
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#watchdog);
    this.#disarm();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#socket?.terminate();
  }

  #connect(): void {
    const socket = new WebSocket(this.#options.wsUrl, {
      handshakeTimeout: HANDSHAKE_MS_MAX,
      maxPayload: FRAME_BYTES_MAX,
      // Inflating costs the one thread more than the line costs, and a stall would make every frame late.
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    this.#socket = socket;
    this.#lastFrameAt = performance.now();
    socket.on('open', () => this.#opened(socket));
    socket.on('message', (data) => {
      if (this.#socket === socket && !this.#closed) this.#frame(data as Buffer);
    });
    // `close` always follows.
    socket.on('error', (error) => {
      if (!this.#closed) this.#options.onTrouble(`market stream: ${error.message}`);
    });
    socket.on('close', (code) => {
      if (this.#socket === socket) this.#lost('disconnect', `the connection ended (${code})`);
    });
  }

  #opened(socket: WebSocket): void {
    if (this.#socket !== socket || this.#closed) return;
    const { dialect, streams } = this.#options;
    this.#connections += 1;
    if (this.#connections > 1) this.#options.onReconnected?.(this.#symbols, wallMicros());
    this.#openedAt = performance.now();
    this.#normalizer.connected(wallMicros());
    if (this.#symbols.size > 0) this.#send(dialect.subscribe({ symbols: [...this.#symbols], streams }));
    const { keepAlive } = dialect;
    if (keepAlive === undefined) return;
    this.#keepAlive = setInterval(() => this.#send([keepAlive.frame]), keepAlive.everyMs);
  }

  #frame(bytes: Uint8Array): void {
    const receivedMicros = wallMicros();
    this.#lastFrameAt = performance.now();
    this.#raw(bytes, receivedMicros);
    this.#normalizer.frame(bytes, receivedMicros);
  }

  #raw(bytes: Uint8Array, receivedMicros: number): void {
    if (this.#options.onFrame === undefined) return;
    const [symbol] = this.#symbols;
    if (symbol !== undefined) this.#options.onFrame({ symbol, bytes, receivedMicros });
  }

  /** The connection is gone or as good as gone: everybody hears of it once, and the next attempt is planned. */
  #lost(reason: 'disconnect' | 'stale', detail: string): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#generation += 1;
    this.#disarm();
    this.#wanted.clear();
    socket?.terminate();
    if (this.#closed) return;
    if (this.#openedAt !== 0 && performance.now() - this.#openedAt >= WELL_MS) this.#failed = 0;
    this.#openedAt = 0;
    this.#normalizer.disconnected(reason, detail, wallMicros());
    this.#later(backoffMs(this.#failed), () => this.#connect());
    this.#failed += 1;
  }

  #disarm(): void {
    clearInterval(this.#keepAlive);
    clearInterval(this.#sending);
    this.#sending = undefined;
    this.#outgoing = [];
  }

  #watch(): void {
    const { staleMs } = this.#options;
    if (this.#socket === undefined || performance.now() - this.#lastFrameAt <= staleMs) return;
    // Nobody asked for anything: silence is right.
    if (this.#symbols.size === 0 && this.open) return;
    this.#lost('stale', `no frame for ${staleMs} ms`);
  }

  #wantSnapshot(symbol: string): void {
    if (this.#wanted.has(symbol) || this.#closed || !this.#options.streams.includes('book')) return;
    this.#wanted.add(symbol);
    const failures = this.#failures.get(symbol) ?? 0;
    const generation = this.#generation;
    this.#later(failures === 0 ? SNAPSHOT_DELAY_MS : SNAPSHOT_DELAY_MS + backoffMs(failures), () => {
      if (generation !== this.#generation || !this.#symbols.has(symbol)) return;
      if (this.#options.dialect.snapshots === 'rest') void this.#fetchSnapshot(symbol, generation);
      else this.#resubscribe(symbol);
    });
  }

  async #fetchSnapshot(symbol: string, generation: number): Promise<void> {
    const isWanted = (): boolean => generation === this.#generation && this.#symbols.has(symbol) && !this.#closed;
    const request = this.#options.dialect.snapshotRequest?.(symbol);
    const answer = request === undefined ? undefined : await this.#options.rest.get(request.path, isWanted);
    // After a reconnect the buffer holds other deltas, and somebody else has asked for the book.
    if (!isWanted()) return;
    this.#wanted.delete(symbol);
    if (answer === undefined) {
      this.#fail(symbol);
      this.#wantSnapshot(symbol);
      return;
    }
    this.#raw(answer.body, answer.receivedMicros);
    // Counted as failed until it fits: a snapshot that is too old makes the normalizer ask again from inside this call.
    const failures = this.#failures.get(symbol) ?? 0;
    this.#fail(symbol);
    this.#normalizer.snapshot(symbol, answer.body, wallMicros());
    if (this.#normalizer.whole(symbol)) this.#failures.delete(symbol);
    else if (!this.#wanted.has(symbol)) {
      this.#failures.set(symbol, failures + 1);
      this.#wantSnapshot(symbol);
    }
  }

  /** The stream itself begins with a whole book: leaving and coming back brings one. */
  #resubscribe(symbol: string): void {
    this.#wanted.delete(symbol);
    if (this.#normalizer.whole(symbol) || !this.open) return;
    this.#fail(symbol);
    const book = { symbols: [symbol], streams: ['book'] as const };
    const { dialect } = this.#options;
    this.#send([...dialect.unsubscribe(book), ...dialect.subscribe(book)]);
    // Asked again if the book does not come: no answer is a failure too.
    this.#later(backoffMs(6), () => {
      if (!this.#normalizer.whole(symbol)) this.#wantSnapshot(symbol);
      else this.#failures.delete(symbol);
    });
  }

  #fail(symbol: string): void {
    this.#failures.set(symbol, (this.#failures.get(symbol) ?? 0) + 1);
  }

  /** The first frames go at once, the rest at the pace that venues allow. */
  #send(frames: readonly OutgoingFrame[]): void {
    this.#outgoing.push(...frames);
    if (this.#sending !== undefined) return;
    this.#flush(SENDS_PER_SECOND);
    this.#sending = setInterval(() => {
      this.#flush(1);
      if (this.#outgoing.length > 0) return;
      clearInterval(this.#sending);
      this.#sending = undefined;
    }, 1000 / SENDS_PER_SECOND);
  }

  #flush(most: number): void {
    for (const frame of this.#outgoing.splice(0, most)) if (this.open) this.#socket?.send(frame);
  }

  #later(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#closed) act();
    }, delayMs);
    this.#timers.add(timer);
  }
}
