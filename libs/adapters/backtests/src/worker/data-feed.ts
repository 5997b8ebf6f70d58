import type { Cursor } from '@portcullis/archive';
import type { InstrumentDefinition } from '@portcullis/market';
import { type Dataset, openDataset } from '../dataset/open-dataset.ts';
import { tapePieces } from '../dataset/tape.ts';
import type { BacktestRequest } from '../request/backtest-request.ts';
import { checkedRequest } from '../run/fill-in.ts';
import type { FedData, ToWorker } from './worker-messages.ts';

/** Pieces on their way to the thread: one is replayed, the others are there when it is done. */
const AHEAD_MAX = 3;

/**
 * Reads the archive for a worker thread. A thread that may be ended at any moment must not read itself: Node ends the whole
 * process when a thread goes away while native code (DuckDB) works for it.
 */
export class DataFeed {
  readonly request: BacktestRequest;
  readonly data: FedData;
  readonly #dataset: Dataset;
  readonly #post: (message: ToWorker) => void;
  #room = 0;
  #onRoom: (() => void) | undefined;
  #isClosed = false;
  #reading: Promise<void> | undefined;
  #error: unknown;

  private constructor(
    dataset: Dataset,
    request: BacktestRequest,
    { data, post }: { readonly data: FedData; readonly post: (message: ToWorker) => void },
  ) {
    this.#dataset = dataset;
    this.request = request;
    this.data = data;
    this.#post = post;
  }

  /** Throws what `prepareBacktest` throws for a request that cannot be meant and for data that cannot be read. */
  static async open(
    given: unknown,
    { withQuality, post }: { readonly withQuality: boolean; readonly post: (message: ToWorker) => void },
  ): Promise<DataFeed> {
    const request = checkedRequest(given);
    const dataset = await openDataset(request.data, { fill: request.fill });
    try {
      const inferred = request.instruments === undefined;
      const instruments = request.instruments ?? (await dataset.instruments());
      const data = { info: dataset.info, quality: withQuality ? await dataset.quality() : [], inferred };
      return new DataFeed(dataset, { ...request, instruments }, { data, post });
    } catch (error) {
      await dataset.close();
      throw error;
    }
  }

  /** What ended the reading, if something did: clearer than what the thread makes of it. */
  get error(): unknown {
    return this.#error;
  }

  /** The thread wants events. */
  read(definitions: readonly InstrumentDefinition[], after: Cursor | undefined): void {
    this.#room = AHEAD_MAX;
    this.#reading = this.#feed(definitions, after);
  }

  /** The thread is done with a piece. */
  taken(): void {
    this.#room += 1;
    this.#onRoom?.();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#onRoom?.();
    await this.#reading;
    await this.#dataset.close();
  }

  async #feed(definitions: readonly InstrumentDefinition[], after: Cursor | undefined): Promise<void> {
    try {
      for await (const piece of tapePieces(this.#dataset, definitions, after)) {
        while (this.#room === 0 && !this.#isClosed) await new Promise<void>((room) => (this.#onRoom = room));
        if (this.#isClosed) return;
        this.#room -= 1;
        this.#post({ kind: 'piece', piece });
      }
      this.#post({ kind: 'piece', piece: null });
    } catch (error) {
      this.#error = error;
      this.#post({ kind: 'unreadable' });
    }
  }
}
