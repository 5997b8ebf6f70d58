import type { ScaledEvent } from '@portcullis/market';
import { Malformed } from '../../binance/market/frame-members.ts';
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
    try {
      for (const event of readFrame(textOf(frame), { symbols: this.#symbols, receivedMicros })) out.push(event);
      return undefined;
    } catch (error) {
      if (error instanceof Malformed) return error.error;
      throw error;
    }
  }
}
