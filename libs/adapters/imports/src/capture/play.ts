import type { ScaledEvent, ScaledGap } from '@portcullis/market';
import { type DialectName, type Drop, MarketNormalizer, dialectOf } from '@portcullis/venues/market';
import type { Findings } from '../findings.ts';
import type { CaptureFile } from './capture-file.ts';
import type { CaptureRecord } from './capture-line.ts';
import { mergedRecords } from './merge.ts';

export interface PlayOptions {
  readonly dialect: DialectName;
  readonly findings: Findings;
  /** Only these, in the venue's spelling; all that appear when left out. */
  readonly symbols?: readonly string[];
  /** Quotes are given also while a book is not whole. */
  readonly allQuotes: boolean;
  readonly onEvent: (event: ScaledEvent, receivedMicros: number) => void;
  readonly onDropped?: (drop: Drop, symbol: string, receivedMicros: number) => void;
  readonly onBytes?: (file: CaptureFile, bytes: number) => void;
  /** Called between batches of lines; what it throws ends the play. */
  readonly settle?: () => Promise<void> | void;
}

/** What went into the normalizer, besides what it counts itself. */
export interface PlayCounts {
  frames: number;
  connections: number;
  snapshots: number;
  /** Lines received before a line that stands above them in the same file. */
  disorder: number;
  from: number;
  to: number;
}

const DEPTH_REQUEST = /\/depth\?(?:[^ ]*&)?symbol=([A-Za-z0-9_]+)/;

/** Plays captures through a venue's normalizer in the order of receipt; what is wrong with them becomes findings. */
export class CapturePlay {
  readonly normalizer: MarketNormalizer;
  readonly counts: PlayCounts = { frames: 0, connections: 0, snapshots: 0, disorder: 0, from: 0, to: 0 };
  readonly #options: PlayOptions;
  readonly #takesSnapshots: boolean;
  readonly #wanted = new Set<string>();
  readonly #given = new Set<string>();
  /** Symbols whose book was whole at some time. */
  readonly #whole = new Set<string>();
  /** Where the books that are not whole were lost. */
  readonly #lostAt = new Map<string, { readonly file: string; readonly line: number }>();
  /** Files that have opened a connection: another one in the same file is a reconnect. */
  readonly #connected = new Set<CaptureFile>();
  readonly #lastIn = new Map<CaptureFile, number>();
  #isUp = false;
  #file: CaptureFile | undefined;
  #line = 0;

  constructor(options: PlayOptions) {
    this.#options = options;
    const dialect = dialectOf(options.dialect);
    this.#takesSnapshots = dialect.snapshots === 'rest';
    this.normalizer = new MarketNormalizer(dialect, {
      quotesNeedBook: !options.allQuotes,
      onEvent: (event, receivedMicros) => {
        this.#onEvent(event);
        options.onEvent(event, receivedMicros);
      },
      ...(options.onDropped === undefined ? {} : { onDropped: options.onDropped }),
      onSnapshotWanted: (symbol) => this.#wanted.add(symbol),
      onFrameError: ({ member, value, expected }) => {
        this.#find('bad', 'malformed', `${member} is ${JSON.stringify(value)}: expected ${expected}`);
      },
    });
    if (options.symbols !== undefined) this.normalizer.follow(options.symbols);
  }

  async run(files: readonly CaptureFile[]): Promise<void> {
    for await (const { file, records } of mergedRecords(files, this.#options.findings, this.#options.onBytes)) {
      this.#file = file;
      for (const record of records) this.#record(file, record);
      await this.#options.settle?.();
    }
    for (const symbol of this.#wanted) this.#judgeBook(symbol);
    for (const [symbol, place] of this.#lostAt) {
      const text = `no snapshot of the book of ${symbol} follows: its deltas from here to the end were not checked`;
      this.#options.findings.add({ severity: 'note', about: 'no-snapshot', text, ...place });
    }
  }

  /** Says why a book that was wanted never became whole. */
  #judgeBook(symbol: string): void {
    if (this.#whole.has(symbol)) return;
    if (this.#given.has(symbol)) {
      const text = `${symbol}: no snapshot of its book joins the deltas in these files: updates between them are missing`;
      this.#options.findings.add({ severity: 'bad', about: 'snapshot', text });
    } else {
      const text = `no snapshot of the book of ${symbol} in these files: its deltas were not checked`;
      this.#options.findings.add({ severity: 'note', about: 'no-snapshot', text });
    }
  }

  #record(file: CaptureFile, record: CaptureRecord): void {
    this.#line = record.line;
    const { kind, receivedMicros } = record;
    if (kind === 'configuration') return;
    if (receivedMicros < (this.#lastIn.get(file) ?? 0)) {
      this.counts.disorder += 1;
      this.#find('note', 'disorder', 'received before a line above it');
    } else this.#lastIn.set(file, receivedMicros);
    if (this.counts.from === 0) this.counts.from = receivedMicros;
    this.counts.to = Math.max(this.counts.to, receivedMicros);
    if (kind === 'connected') this.#connect(file, receivedMicros);
    else if (kind === 'frame') this.#frame(record);
    else if (kind === 'snapshot') this.#snapshot(file.symbol, record);
    else if (kind === 'rest') {
      const [, symbol] = this.#takesSnapshots ? (DEPTH_REQUEST.exec(record.url) ?? []) : [];
      if (symbol !== undefined) this.#snapshot(symbol, record);
    }
  }

  #connect(file: CaptureFile, at: number): void {
    this.counts.connections += 1;
    if (this.#isUp && this.#connected.has(file)) {
      this.#find('note', 'disconnect', 'connected anew');
      this.normalizer.disconnected('disconnect', 'the capture connected anew', at);
      this.normalizer.connected(at);
    } else if (!this.#isUp) this.normalizer.connected(at);
    this.#connected.add(file);
    this.#isUp = true;
  }

  #frame({ bytes, receivedMicros }: CaptureRecord): void {
    if (!this.#isUp) {
      this.#isUp = true;
      this.normalizer.connected(receivedMicros);
    }
    this.counts.frames += 1;
    this.normalizer.frame(bytes, receivedMicros);
  }

  #snapshot(symbol: string | undefined, { bytes, receivedMicros }: CaptureRecord): void {
    if (symbol === undefined) {
      this.#find('note', 'snapshot', 'a snapshot of which the file does not say the symbol; not used');
      return;
    }
    this.counts.snapshots += 1;
    this.#given.add(symbol);
    this.normalizer.snapshot(symbol, bytes, receivedMicros);
  }

  #onEvent(event: ScaledEvent): void {
    if (event.kind === 'snapshot') {
      this.#whole.add(event.symbol);
      this.#lostAt.delete(event.symbol);
    } else if (event.kind === 'gap') this.#noteLoss(event);
    if (event.kind !== 'gap' || event.reason !== 'gap') return;
    this.#find('bad', event.detail.includes('checksum') ? 'checksum' : 'gap', `${event.symbol}: ${event.detail}`);
  }

  #noteLoss({ symbol, reason, stream }: ScaledGap): void {
    const losesBook = reason !== 'resync' && (stream === 'book' || stream === 'all');
    if (!losesBook || this.#file === undefined || this.#lostAt.has(symbol) || !this.#whole.has(symbol)) return;
    this.#lostAt.set(symbol, { file: this.#file.path, line: this.#line });
  }

  #find(
    severity: 'bad' | 'note',
    about: 'malformed' | 'disorder' | 'disconnect' | 'snapshot' | 'gap' | 'checksum',
    text: string,
  ): void {
    const place = this.#file === undefined ? {} : { file: this.#file.path, line: this.#line };
    this.#options.findings.add({ severity, about, text, ...place });
  }
}
