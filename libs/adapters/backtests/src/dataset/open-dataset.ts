import { setImmediate as breath } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArchiveReader, type Cursor, QualityLedger, type ReadRequest } from '@portcullis/archive';
import { type MarketKind, QUALITY_WINDOW_MICROS } from '@portcullis/contracts';
import type { FillModel } from '@portcullis/fills';
import { type InstrumentDefinition, instrumentRules, streamOf } from '@portcullis/market';
import { type ObjectStore, openObjectStore } from '@portcullis/objects';
import { BacktestError } from '../backtest-error.ts';
import type { DataRequest } from '../request/backtest-request.ts';
import { BatchDecoder } from './exact-batch.ts';
import { type SlotIncrements, slotIncrements } from './exact-rows.ts';
import { inferInstruments } from './infer-instruments.ts';
import type { DataInfo, EventSource, InputBatch, QualityCount } from './input-batch.ts';
import { infoOf, type SelectedStream, selectStreams } from './selection.ts';

export interface DatasetOptions {
  /** Decides the kinds where the request names none. */
  readonly fill?: FillModel;
  /** Where files of a remote store are kept; below the system's folder for temporary files unless it says otherwise. */
  readonly cacheDir?: string;
  /** What DuckDB may hold in memory, MiB. */
  readonly memoryMb?: number;
}

/** What is read of each kind. */
const COLUMNS_OF: Readonly<Record<MarketKind, readonly string[]>> = {
  quote: ['priceScale', 'quantityScale', 'bidPrice', 'bidQuantity', 'askPrice', 'askQuantity'],
  trade: ['priceScale', 'quantityScale', 'tradeId', 'aggressor', 'price', 'quantity'],
  bar: ['priceScale', 'quantityScale', 'start', 'period', 'open', 'high', 'low', 'close', 'volume', 'count'],
  mark: ['priceScale', 'price'],
  funding: ['rate', 'rateScale', 'nextAt'],
  delta: ['index', 'count', 'side', 'price', 'quantity', 'priceScale', 'quantityScale'],
  snapshot: ['index', 'count', 'side', 'price', 'quantity', 'priceScale', 'quantityScale'],
  gap: ['reason', 'detail', 'stream', 'from', 'to'],
};

/**
 * Finds what a request selects in a store. Throws BacktestError (`input`) with what there is where it selects nothing,
 * ManifestError and ObjectStoreError as the archive does. Close it after use.
 */
export async function openDataset(request: DataRequest, options: DatasetOptions = {}): Promise<Dataset> {
  const store = openObjectStore(request.url);
  try {
    const streams = await selectStreams(store, request, options.fill);
    return new Dataset(store, request, { streams, options });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** A selection of an archive: what it is, and its events in the order of replay, exact. */
export class Dataset implements EventSource {
  readonly info: DataInfo;
  readonly #store: ObjectStore;
  readonly #request: DataRequest;
  readonly #streams: readonly SelectedStream[];
  readonly #reader: ArchiveReader;

  constructor(
    store: ObjectStore,
    request: DataRequest,
    { streams, options }: { readonly streams: readonly SelectedStream[]; readonly options: DatasetOptions },
  ) {
    this.#store = store;
    this.#request = request;
    this.#streams = streams;
    this.info = infoOf(store.url, request, streams);
    const { cacheDir = join(tmpdir(), 'portcullis-archive-cache'), memoryMb } = options;
    this.#reader = new ArchiveReader({ store, cacheDir, ...(memoryMb !== undefined && { memoryMb }) });
  }

  /** Rules of the instruments by slot, guessed from the data. */
  async instruments(): Promise<InstrumentDefinition[]> {
    const { instruments } = this.info;
    const inferred = await inferInstruments(this.#reader, this.#streams);
    return instruments.map(({ venue, symbol }) => {
      const found = inferred.find((one) => one.venue === venue && one.symbol === symbol);
      if (found === undefined) throw new Error(`no rules were inferred for ${symbol}.${venue}`);
      return found;
    });
  }

  /**
   * The events, with a breath between two batches. Prices have to lie on the tick size, what does not is a malformed
   * record; quantities of others are rounded down to lots.
   */
  async *batches(
    definitions: readonly InstrumentDefinition[],
    after?: Cursor,
  ): AsyncGenerator<InputBatch, void, undefined> {
    const increments = this.#increments(definitions);
    const request = this.#readRequest(after);
    const decoder = new BatchDecoder(increments);
    const { kinds = [] } = request;
    const columns = [...new Set(kinds.flatMap((kind) => ['tsInit', ...COLUMNS_OF[kind]]))];
    for await (const batch of this.#reader.batches({ ...request, columns })) {
      for (const slice of decoder.slices(batch)) {
        yield slice;
        // What DuckDB has read meanwhile is taken, and it reads on while this slice is replayed.
        await breath();
      }
    }
  }

  /** Windows of the quality ledger over the selection. */
  async quality(): Promise<QualityCount[]> {
    const ledger = new QualityLedger(this.#store);
    const { from, to } = this.info;
    const counts: QualityCount[] = [];
    for (const { venue, symbol } of this.info.instruments) {
      const own = this.#streams.filter((stream) => stream.venue === venue && stream.symbol === symbol);
      const kinds = new Set(own.flatMap(({ kind }) => streamOf(kind) ?? []));
      const first = Math.floor(from / QUALITY_WINDOW_MICROS) * QUALITY_WINDOW_MICROS;
      const windows = await ledger.read({ venue, symbol, from: first, to: to + 1, streams: [...kinds] });
      const all = Math.ceil((to + 1 - first) / QUALITY_WINDOW_MICROS);
      for (const stream of kinds) {
        const count = (state: string) => windows.filter((one) => one.stream === stream && one.state === state).length;
        const [good, degraded, bad] = [count('GOOD'), count('DEGRADED'), count('BAD')];
        const unknown = Math.max(0, all - good - degraded - bad);
        const { quality } = this.#request;
        const leftOut = quality === undefined ? 0 : bad + unknown + (quality === 'GOOD' ? degraded : 0);
        counts.push({ stream, instrument: `${symbol}.${venue}`, good, degraded, bad, unknown, leftOut });
      }
    }
    return counts;
  }

  async close(): Promise<void> {
    await this.#reader.close();
    await this.#store.close();
  }

  #readRequest(after: Cursor | undefined): ReadRequest {
    const { venues, symbols, from, to, quality } = this.#request;
    return {
      kinds: [...new Set<MarketKind>([...this.info.kinds, 'gap'])],
      venues: venues ?? [...new Set(this.info.instruments.map(({ venue }) => venue))],
      symbols: symbols ?? [...new Set(this.info.instruments.map(({ symbol }) => symbol))],
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(after !== undefined && { after }),
      ...(quality !== undefined && { quality: { ledger: new QualityLedger(this.#store), least: quality } }),
    };
  }

  #increments(definitions: readonly InstrumentDefinition[]): Map<string, SlotIncrements> {
    return new Map(
      this.info.instruments.map(({ venue, symbol }, slot) => {
        const definition = definitions[slot];
        if (definition === undefined || definition.venue !== venue || definition.symbol !== symbol) {
          const value = definition === undefined ? '(absent)' : `${definition.symbol}.${definition.venue}`;
          throw BacktestError.of({ field: `instruments.${slot}`, value, expected: `${symbol}.${venue}` });
        }
        const rules = instrumentRules(definition);
        if (!rules.ok) {
          throw BacktestError.of({ ...rules.error, field: `instruments.${slot}.${rules.error.field}` });
        }
        return [`${venue} ${symbol}`, slotIncrements(slot, rules.value)];
      }),
    );
  }
}
