import type { ScaledEvent, ScaledGap } from '@portcullis/market';
import { type Members, complaintOf, integer, membersOf } from '../../market/frame-members.ts';
import type { FrameError, MarketParser } from '../../market/dialect.ts';
import { parsedText, textOf } from '../../market/wire-members.ts';
import { readAdvanced } from './advanced-frames.ts';
import { readExchange } from './exchange-frames.ts';
import { isoTime } from './iso-time.ts';
import { Products } from './products.ts';

/** Frames by which a number may lie behind the last and still be a frame that came twice or late; behind that, the count began anew. */
const STALE_MAX = 1000;

/**
 * The frames of one connection, of either feed. Advanced Trade counts all messages of a connection in `sequence_num`: a
 * jump means that any of them may be missing, which is a gap event without a symbol, for everything on the connection.
 * Source: Coinbase, "Advanced Trade WebSocket Overview": sequence numbers.
 */
export class CoinbaseParser implements MarketParser {
  readonly #products = new Products();
  #sequence = -1;
  #sequenceAt = 0;

  parse(frame: Uint8Array, receivedMicros: number, out: ScaledEvent[]): FrameError | undefined {
    const events: ScaledEvent[] = [];
    const reading = { products: this.#products, receivedMicros, out: events };
    return complaintOf(() => {
      const data = membersOf(parsedText(textOf(frame)), 'frame');
      if (typeof data['channel'] !== 'string') readExchange(data, reading);
      else if (this.#isNext(data, receivedMicros, out)) readAdvanced(data, reading);
      for (const event of events) out.push(event);
    });
  }

  /** Whether it is not one that was there before; tells the gap before it, if there is one. */
  #isNext(data: Members, receivedMicros: number, out: ScaledEvent[]): boolean {
    if (data['sequence_num'] === undefined) return true;
    const number = integer(data, 'sequence_num');
    const last = this.#sequence;
    if (number <= last && last - number < STALE_MAX && number !== 0) return false;
    const at = data['timestamp'] === undefined ? receivedMicros : isoTime(data['timestamp'], 'timestamp').tsEvent;
    this.#sequence = number;
    const from = this.#sequenceAt;
    this.#sequenceAt = at;
    if (last >= 0 && number !== last + 1) out.push(gap(`message ${last + 1} expected, ${number} came`, from, at));
    return true;
  }
}

function gap(detail: string, from: number, to: number): ScaledGap {
  return { kind: 'gap', symbol: '', tsEvent: to, tsEventNanos: 0, reason: 'gap', detail, stream: 'all', from, to };
}
