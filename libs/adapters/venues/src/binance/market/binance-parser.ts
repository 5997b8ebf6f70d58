import type { ScaledEvent } from '@portcullis/market';
import type { FrameError, MarketParser } from '../../market/dialect.ts';
import { type BinanceMarket, FastFrames } from './fast-frames.ts';
import { Malformed, type Members, complaintOf } from '../../market/frame-members.ts';
import { type Reading, readFrame, readSnapshot } from './slow-frames.ts';
import { ScalesBySymbol } from './symbol-scales.ts';

/** Fatal, so that broken UTF-8 is malformed and not another symbol. */
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The frames of one connection: the frequent ones byte by byte, everything else through JSON with full validation. */
export class BinanceParser implements MarketParser {
  readonly #fast: FastFrames;
  readonly #scales = new ScalesBySymbol();

  constructor(market: BinanceMarket) {
    this.#fast = new FastFrames(market);
  }

  parse(frame: Uint8Array, receivedMicros: number, out: ScaledEvent[]): FrameError | undefined {
    if (this.#fast.read(frame, receivedMicros, out)) return undefined;
    const reading = { scales: this.#scales, receivedMicros, out };
    return complaintOf(() => this.#learn(frame, readFrame(parsed(frame, 'frame'), reading), reading));
  }

  parseSnapshot(body: Uint8Array, symbol: string, receivedMicros: number, out: ScaledEvent[]): FrameError | undefined {
    const reading = { scales: this.#scales, receivedMicros, out };
    return complaintOf(() => readSnapshot(parsed(body, 'body'), symbol, reading));
  }

  #learn(frame: Uint8Array, data: Members | undefined, { scales }: Reading): void {
    const symbol = data?.['s'];
    if (data === undefined || typeof symbol !== 'string') return;
    const known = scales.of(symbol);
    if (known !== undefined) this.#fast.learn(frame, data, known);
  }
}

function parsed(bytes: Uint8Array, member: string): unknown {
  let text = '';
  try {
    text = decoder.decode(bytes);
    return JSON.parse(text);
  } catch {
    throw new Malformed(member, text, 'JSON in UTF-8');
  }
}
