import type { MessagePort } from 'node:worker_threads';
import type { Cursor } from '@portcullis/archive';
import type { InstrumentDefinition } from '@portcullis/market';
import { BacktestError } from '../backtest-error.ts';
import type { DataInfo, EventSource, InputBatch, QualityCount } from './input-batch.ts';
import { BATCH_EVENTS, checkDefinitions, type TapeHeader } from './tape.ts';
import { SegmentReader, type TapeSegment } from './tape-segment.ts';

/** What a thread that reads says to the one that replays. */
export type FromReader =
  | { readonly kind: 'segment'; readonly segment: TapeSegment }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly name: string; readonly message: string };

/** And back: so many more segments may come. */
export interface Credit {
  readonly kind: 'credit';
}

/** Events that another thread reads, decodes and sends segment by segment; it stays a few segments ahead. Once only. */
export class StreamedTape implements EventSource {
  readonly info: DataInfo;
  readonly #header: TapeHeader;
  readonly #port: MessagePort;
  readonly #arrived: FromReader[] = [];
  #onArrival: (() => void) | undefined;

  constructor(header: TapeHeader, port: MessagePort) {
    this.#header = header;
    this.#port = port;
    this.info = header.info;
    port.on('message', (message: FromReader) => {
      this.#arrived.push(message);
      this.#onArrival?.();
    });
  }

  /** The thread that reads was told where to begin. */
  async *batches(
    definitions: readonly InstrumentDefinition[],
    _after?: Cursor,
  ): AsyncGenerator<InputBatch, void, undefined> {
    checkDefinitions(this.#header.definitions, definitions);
    for (;;) {
      const message = await this.#next();
      if (message.kind === 'end') return;
      if (message.kind === 'failed') throw new BacktestError('crash', `${message.name}: ${message.message}`);
      const reader = new SegmentReader(message.segment);
      while (!reader.ended) yield reader.next(BATCH_EVENTS);
      this.#port.postMessage({ kind: 'credit' } satisfies Credit);
    }
  }

  async quality(): Promise<readonly QualityCount[]> {
    return this.#header.quality;
  }

  close(): void {
    this.#port.close();
  }

  async #next(): Promise<FromReader> {
    for (;;) {
      const message = this.#arrived.shift();
      if (message !== undefined) return message;
      await new Promise<void>((done) => (this.#onArrival = done));
    }
  }
}
