import type { ScaledEvent } from '@portcullis/market';
import { Malformed, type Members, membersOf } from '../../market/frame-members.ts';
import type { FrameError, MarketParser } from '../../market/dialect.ts';
import { parsedText, textOf } from '../../market/wire-members.ts';
import { BybitSymbols } from './bybit-symbols.ts';
import { readV2, symbolOfV2 } from './v2-frames.ts';
import { readV5 } from './v5-frames.ts';

const V2_TOPIC = /^(orderBookL2_25|orderBook_200|trade|instrument_info)\./;

/** The frames of one connection, of the V5 stream or of the one before it. */
export class BybitParser implements MarketParser {
  readonly #symbols = new BybitSymbols();

  parse(frame: Uint8Array, receivedMicros: number, out: ScaledEvent[]): FrameError | undefined {
    const events: ScaledEvent[] = [];
    const reading = { symbols: this.#symbols, receivedMicros, out: events };
    let topic: unknown;
    try {
      const data = membersOf(parsedText(textOf(frame)), 'frame');
      topic = data['topic'];
      if (typeof topic !== 'string') refuse(data);
      else if (V2_TOPIC.test(topic)) readV2(topic, data, reading);
      else readV5(topic, data, reading);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      if (typeof topic !== 'string') this.#symbols.missed(undefined);
      else if (topic.startsWith('orderBook')) this.#symbols.missed(symbolOfV2(topic));
      return error.error;
    }
    for (const event of events) out.push(event);
    return undefined;
  }
}

/** {"success":false,"ret_msg":"error:handler not found,topic:…","op":"subscribe"} */
function refuse(answer: Members): void {
  if (answer['success'] === false) throw new Malformed('ret_msg', answer['ret_msg'], 'an accepted request');
}
