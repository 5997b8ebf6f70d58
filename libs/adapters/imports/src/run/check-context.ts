import { type DataStream, type NumberedEvent, streamOf } from '@portcullis/market';
import { Findings } from '../findings.ts';
import type { ImportReport, ImportRequest, ListedGap } from './import-run.ts';
import type { Dropped, ImportContext } from './importer.ts';
import { TotalsByPartition } from './partition-totals.ts';
import type { OnBytes } from './progress.ts';

/** Gaps that a report lists; all are counted, and all are in the archive. */
const GAPS_LISTED_MAX = 1000;
/** Symbols that a report names. */
const SYMBOLS_MAX = 20_000;

/** Lets answers of the store and a Ctrl-C in between, and throws when the import is to end. */
export async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}

/** The first reading: sums up what the files hold, and writes nothing. */
export class CheckContext implements ImportContext {
  readonly venue: string;
  readonly findings = new Findings();
  readonly totals: TotalsByPartition;
  readonly onBytes: OnBytes;
  readonly #request: ImportRequest;
  readonly #events = new Map<string, number>();
  readonly #streams = new Map<string, Set<DataStream>>();
  readonly #gaps: ListedGap[] = [];
  #gapsTotal = 0;
  #from = 0;
  #to = 0;
  total = 0;
  refused = 0;
  duplicates = 0;

  constructor(request: ImportRequest, onBytes: OnBytes) {
    this.venue = request.venue;
    this.#request = request;
    this.totals = new TotalsByPartition(request.venue);
    this.onBytes = onBytes;
  }

  emit(event: NumberedEvent): void {
    this.totals.add(event);
    this.total += 1;
    this.#events.set(event.kind, (this.#events.get(event.kind) ?? 0) + 1);
    this.#note(event);
    if (this.#from === 0 || event.tsEvent < this.#from) this.#from = event.tsEvent;
    if (event.tsEvent > this.#to) this.#to = event.tsEvent;
    if (event.kind !== 'gap' || event.reason === 'resync') return;
    this.#gapsTotal += 1;
    const { symbol, from, to, detail } = event;
    if (this.#gaps.length < GAPS_LISTED_MAX) this.#gaps.push({ symbol, from, to, detail });
  }

  #note({ symbol, kind }: NumberedEvent): void {
    let streams = this.#streams.get(symbol);
    if (streams === undefined) {
      streams = new Set();
      if (this.#streams.size < SYMBOLS_MAX) this.#streams.set(symbol, streams);
    }
    const stream = streamOf(kind);
    if (stream !== undefined) streams.add(stream);
  }

  /** The streams that the files have, by symbol. */
  get streams(): ReadonlyMap<string, ReadonlySet<DataStream>> {
    return this.#streams;
  }

  refuse(place: { readonly file: string; readonly line: number }, reason: string): void {
    this.refused += 1;
    this.findings.add({ severity: 'bad', about: 'refused', ...place, text: reason });
  }

  duplicate(count: number): void {
    this.duplicates += count;
  }

  dropped(drop: Dropped): void {
    if (drop.why === 'duplicate') this.duplicates += 1;
  }

  async settle(): Promise<void> {
    await breathe(this.#request.signal);
  }

  async endOfFile(): Promise<void> {
    await breathe(this.#request.signal);
  }

  report(outcome: { ok: boolean; written: number; already: number; rows: number; windows: number }): ImportReport {
    return {
      dryRun: this.#request.store === undefined,
      ok: outcome.ok,
      events: Object.fromEntries(this.#events),
      symbols: [...this.#streams.keys()].sort(),
      gaps: this.#gaps,
      gapsTotal: this.#gapsTotal,
      duplicates: this.duplicates,
      refused: this.refused,
      from: this.#from,
      to: this.#to,
      partitions: { all: this.totals.entries.length, written: outcome.written, already: outcome.already },
      rowsWritten: outcome.rows,
      qualityWindows: outcome.windows,
      findings: this.findings.kept,
      findingsTotal: this.findings.count(),
    };
  }
}
