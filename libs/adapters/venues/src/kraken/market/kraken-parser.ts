import type { ScaledEvent } from '@portcullis/market';
import { complaintOf, membersOf } from '../../market/frame-members.ts';
import type { BookChecksum, FrameError, MarketParser } from '../../market/dialect.ts';
import { parsedText, textOf } from '../../market/wire-members.ts';
import { parseExactly } from './exact-json.ts';
import { krakenChecksum } from './kraken-checksum.ts';
import { KrakenSymbols } from './kraken-symbols.ts';
import { readV1, readV1Event } from './v1-frames.ts';
import { readV2 } from './v2-frames.ts';

const OPENING_BRACKET = 91;

/** The frames of one connection, of WebSocket v2 and of v1: the latter are lists where they carry data. */
export class KrakenParser implements MarketParser {
  readonly #symbols = new KrakenSymbols();
  readonly checksum: BookChecksum = krakenChecksum(this.#symbols);

  parse(frame: Uint8Array, receivedMicros: number, out: ScaledEvent[]): FrameError | undefined {
    return complaintOf(() => {
      for (const event of this.#read(frame, receivedMicros)) out.push(event);
    });
  }

  #read(frame: Uint8Array, receivedMicros: number): readonly ScaledEvent[] {
    const text = textOf(frame);
    const reading = { symbols: this.#symbols, receivedMicros };
    // Numbers of v1 that matter are texts.
    if (frame[0] === OPENING_BRACKET) return readV1(parsedText(text) as readonly unknown[], reading);
    const outer = membersOf(parseExactly(text), 'frame');
    if (outer['event'] === undefined) return readV2(outer, reading);
    readV1Event(outer);
    return [];
  }
}
