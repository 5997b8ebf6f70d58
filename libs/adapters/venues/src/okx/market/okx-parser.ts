import type { ScaledEvent } from '@portcullis/market';
import { complaintOf } from '../../market/frame-members.ts';
import type { BookChecksum, FrameError, MarketParser } from '../../market/dialect.ts';
import { textOf } from '../../market/wire-members.ts';
import { okxChecksum } from './okx-checksum.ts';
import { readFrame } from './okx-frames.ts';
import { OkxSymbols } from './okx-symbols.ts';

/** The frames of one connection. */
export class OkxParser implements MarketParser {
  readonly #symbols = new OkxSymbols();
  readonly checksum: BookChecksum = okxChecksum(this.#symbols);

  parse(frame: Uint8Array, receivedMicros: number, out: ScaledEvent[]): FrameError | undefined {
    return complaintOf(() => {
      for (const event of readFrame(textOf(frame), { symbols: this.#symbols, receivedMicros })) out.push(event);
    });
  }
}
