import type { Cursor } from '@portcullis/archive';
import type { InstrumentDefinition } from '@portcullis/market';
import type { DataInfo, EventSource, InputBatch, QualityCount } from '../dataset/input-batch.ts';
import { Tape, type TapePiece } from '../dataset/tape.ts';
import type { FedData, FromWorker } from './worker-messages.ts';

/** Events that the thread's parent reads: see DataFeed. Read once. */
export class FedSource implements EventSource {
  readonly info: DataInfo;
  readonly #quality: readonly QualityCount[];
  readonly #say: (message: FromWorker) => void;
  /** Pieces that have come; null: no more. */
  readonly #pieces: (TapePiece | null)[] = [];
  #isUnreadable = false;
  #onPiece: (() => void) | undefined;

  constructor({ info, quality }: FedData, say: (message: FromWorker) => void) {
    this.info = info;
    this.#quality = quality;
    this.#say = say;
  }

  piece(piece: TapePiece | null): void {
    this.#pieces.push(piece);
    this.#onPiece?.();
  }

  unreadable(): void {
    this.#isUnreadable = true;
    this.#onPiece?.();
  }

  async *batches(
    definitions: readonly InstrumentDefinition[],
    after?: Cursor,
  ): AsyncGenerator<InputBatch, void, undefined> {
    this.#say({ kind: 'read', definitions, ...(after !== undefined && { after }) });
    for (;;) {
      while (this.#pieces.length === 0 && !this.#isUnreadable) {
        await new Promise<void>((come) => (this.#onPiece = come));
      }
      if (this.#isUnreadable) throw new Error('the data cannot be read');
      const piece = this.#pieces.shift() ?? null;
      if (piece === null) return;
      yield* new Tape({ info: this.info, quality: this.#quality, definitions, ...piece }).batches(definitions);
      this.#say({ kind: 'taken' });
    }
  }

  quality(): Promise<readonly QualityCount[]> {
    return Promise.resolve(this.#quality);
  }
}
