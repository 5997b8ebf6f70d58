import { assert, sha256Hex, sha256HexOf } from '@portcullis/kernel';
import type { BarInput, QuoteInput, TradeInput } from '@portcullis/market';
import type { KernelInput } from './kernel-input.ts';

/** Inputs of one block: few enough that the unfinished block of a snapshot stays small, many enough that hashing costs little. */
export const BLOCK_INPUTS = 256;

/** The first number of an input: which kind it is, below {@link SAME_AT}. Never reused. */
const CODES = {
  start: 1,
  quote: 2,
  trade: 3,
  bar: 4,
  book: 5,
  mark: 6,
  funding: 7,
  gap: 8,
  hole: 9,
  verdict: 10,
  order: 11,
  fill: 12,
  cash: 13,
  adopt: 14,
  advice: 15,
  control: 16,
  timer: 17,
  stop: 18,
  resumed: 19,
  malformed: 20,
  seen: 21,
} as const satisfies Record<KernelInput['kind'], number>;

// Quotes, trades and bars come by the million. Their first number has flags for what is left out or written in less, so that
// a third less is hashed, and their slot.
/** The time of the input is that of the event. */
const SAME_AT = 32;
const SAME_INIT = 64;
/** A bar ends at the time of its event. */
const SAME_END = 128;
/** Prices are whole from 0 to 2^32 - 1, two in the room of one number. */
const PRICE_WORDS = 256;
const SIZE_WORDS = 512;
const SLOT = 1024;

const NUMBERS_FIRST = 8192;
/** Room in front of the inputs for a head, so that a block lies in one piece when it is hashed. */
const HEAD_NUMBERS = 24;
const HEAD_BYTES = HEAD_NUMBERS * Float64Array.BYTES_PER_ELEMENT;
/** The most numbers of an input that is written without asking for more. */
const ROOM = 16;
const SIDES = { buy: 1, sell: -1, unknown: 0 } as const;

/** Plain JSON. */
export interface InputBlockSnapshot {
  /** The numbers, each as two whole ones of 32 bits. */
  readonly words: readonly number[];
  readonly texts: string;
  readonly inputs: number;
}

/**
 * The inputs of the block that is being filled: numbers as 64-bit floats, each input with its code and its time, texts
 * beside them with their lengths among the numbers. So equal bytes mean equal inputs.
 */
export class InputBlock {
  #numbers = new Float64Array(NUMBERS_FIRST);
  #words = new Uint32Array(this.#numbers.buffer);
  #length = HEAD_NUMBERS;
  #texts = '';
  #inputs = 0;

  get inputs(): number {
    return this.#inputs;
  }

  /** SHA-256 of a line of `link` and all lengths, the numbers, the texts and `tail`, in hexadecimal. */
  digest(link: string, tail: string): string {
    const size = this.#length * Float64Array.BYTES_PER_ELEMENT;
    const head = `${link}\n${this.#inputs} ${size - HEAD_BYTES} ${this.#texts.length} ${tail.length}\n`;
    const bytes = new Uint8Array(this.#numbers.buffer);
    const from = HEAD_BYTES - head.length;
    assert(from >= 0, 'the head of a block has its room');
    for (let i = 0; i < head.length; i++) bytes[from + i] = head.charCodeAt(i);
    const body = bytes.subarray(from, size);
    return this.#texts === '' && tail === '' ? sha256Hex(body) : sha256HexOf(body, this.#texts, tail);
  }

  clear(): void {
    this.#length = HEAD_NUMBERS;
    this.#texts = '';
    this.#inputs = 0;
  }

  add(at: number, input: KernelInput): void {
    this.#inputs += 1;
    if (this.#length + ROOM > this.#numbers.length) this.#grow(ROOM);
    // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- the rest has a switch of its own
    switch (input.kind) {
      case 'quote':
        return this.#quote(at, input);
      case 'bar':
        return this.#bar(at, input);
      case 'trade':
        return this.#trade(at, input);
      default:
        this.#numbers[this.#length++] = CODES[input.kind];
        this.#numbers[this.#length++] = at;
        this.#rest(input);
    }
  }

  #quote(at: number, input: QuoteInput): void {
    const { bidPrice, askPrice, bidQuantity, askQuantity } = input;
    const place = this.#length;
    const flags = this.#times(at, input) + this.#prices(bidPrice, askPrice) + this.#sizes(bidQuantity, askQuantity);
    this.#numbers[place] = CODES.quote + flags + SLOT * input.slot;
  }

  #trade(at: number, input: TradeInput): void {
    const place = this.#length;
    const flags = this.#times(at, input) + this.#sizes(input.price, input.quantity);
    this.#numbers[place] = CODES.trade + flags + SLOT * input.slot;
    this.#numbers[this.#length++] = SIDES[input.aggressor];
    this.#text(input.tradeId);
  }

  #bar(at: number, input: BarInput): void {
    const { tsEvent, start, end, open, high, low, close, volume, count } = input;
    const place = this.#length;
    let flags = this.#times(at, input);
    this.#numbers[this.#length++] = start;
    if (end === tsEvent) flags += SAME_END;
    else this.#numbers[this.#length++] = end;
    if (isWord(open) && isWord(high) && isWord(low) && isWord(close)) {
      flags += PRICE_WORDS;
      this.#two(open, high);
      this.#two(low, close);
    } else this.#put(open, high, low, close);
    flags += this.#sizes(volume, count);
    this.#numbers[place] = CODES.bar + flags + SLOT * input.slot;
  }

  /** Leaves the place of the first number. */
  #times(at: number, { seq, tsEvent, tsInit }: QuoteInput | BarInput | TradeInput): number {
    const to = this.#numbers;
    let n = this.#length + 1;
    let flags = 0;
    to[n++] = seq;
    to[n++] = tsEvent;
    if (at === tsEvent) flags += SAME_AT;
    else to[n++] = at;
    if (tsInit === tsEvent) flags += SAME_INIT;
    else to[n++] = tsInit;
    this.#length = n;
    return flags;
  }

  #prices(one: number, other: number): number {
    return this.#pair(one, other) ? PRICE_WORDS : 0;
  }

  #sizes(one: number, other: number): number {
    return this.#pair(one, other) ? SIZE_WORDS : 0;
  }

  #pair(one: number, other: number): boolean {
    const areWords = isWord(one) && isWord(other);
    if (areWords) this.#two(one, other);
    else {
      this.#numbers[this.#length++] = one;
      this.#numbers[this.#length++] = other;
    }
    return areWords;
  }

  #two(one: number, other: number): void {
    const n = this.#length++;
    this.#words[2 * n] = one;
    this.#words[2 * n + 1] = other;
  }

  #rest(input: Exclude<KernelInput, { kind: 'bar' | 'quote' | 'trade' }>): void {
    switch (input.kind) {
      case 'book':
        this.#put(input.slot, input.seq, input.tsEvent, input.tsInit, input.snapshot ? 1 : 0);
        this.#list(input.bids);
        return this.#list(input.asks);
      case 'mark':
        return this.#put(input.slot, input.seq, input.tsEvent, input.tsInit, input.price);
      case 'funding':
        return this.#put(input.slot, input.seq, input.tsEvent, input.tsInit, input.rate, input.rateScale, input.nextAt);
      case 'gap':
        this.#put(input.slot, input.seq, input.tsEvent, input.tsInit, input.from, input.to);
        return this.#text(input.reason, input.detail, input.stream);
      case 'hole':
        return this.#put(input.slot, input.expected, input.got);
      case 'verdict':
        this.#put(input.order, input.approved ? 1 : 0);
        return this.#text(input.approved ? '' : input.code);
      case 'order':
        this.#put(input.order);
        return this.#text(input.status, input.reason);
      case 'fill':
        this.#put(input.order, input.slot, SIDES[input.side], input.price, input.quantity, input.done === true ? 1 : 0);
        return this.#text(input.tradeId, String(input.fee), input.feeCurrency, input.liquidity);
      case 'cash':
        this.#put(input.slot);
        return this.#text(input.currency, String(input.amount), input.reason);
      case 'adopt':
        return this.#put(input.order, input.slot, SIDES[input.side], input.price ?? -1, input.quantity);
      case 'advice':
      case 'control':
        return this.#text(JSON.stringify(input));
      case 'stop':
        return this.#text(input.reason);
      case 'malformed':
        return this.#text(input.what);
      case 'start':
      case 'timer':
      case 'resumed':
      case 'seen':
        return;
    }
  }

  #put(...values: readonly number[]): void {
    this.#grow(values.length);
    for (const value of values) this.#numbers[this.#length++] = value;
  }

  #list(values: readonly number[]): void {
    this.#grow(values.length + 1);
    this.#numbers[this.#length++] = values.length;
    for (const value of values) this.#numbers[this.#length++] = value;
  }

  #text(...texts: readonly string[]): void {
    for (const text of texts) {
      // Halves of a surrogate pair have no bytes of their own: spelled out they have, and a length below zero says so.
      const spelled = text.isWellFormed() ? text : JSON.stringify(text);
      this.#grow(1);
      this.#numbers[this.#length++] = spelled === text ? text.length : -spelled.length;
      this.#texts += spelled;
    }
  }

  #grow(more: number): void {
    if (this.#length + more <= this.#numbers.length) return;
    const larger = new Float64Array(Math.max(this.#numbers.length * 2, this.#length + more));
    const words = new Uint32Array(larger.buffer);
    words.set(this.#words.subarray(0, 2 * this.#length));
    this.#numbers = larger;
    this.#words = words;
  }

  snapshot(): InputBlockSnapshot {
    const words = Array.from(this.#words.subarray(2 * HEAD_NUMBERS, 2 * this.#length));
    return { words, texts: this.#texts, inputs: this.#inputs };
  }

  restore({ words, texts, inputs }: InputBlockSnapshot): void {
    this.clear();
    // A full block is closed by the input after it.
    assert(inputs <= BLOCK_INPUTS, `a snapshot has a block of at most ${BLOCK_INPUTS} inputs`);
    this.#grow(words.length / 2);
    this.#words.set(words, 2 * HEAD_NUMBERS);
    this.#length += words.length / 2;
    this.#texts = texts;
    this.#inputs = inputs;
  }
}

/** Zero is a word, minus zero is none. */
function isWord(value: number): boolean {
  return value >>> 0 === value && (value !== 0 || 1 / value > 0);
}
