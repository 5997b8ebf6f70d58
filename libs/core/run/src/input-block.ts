import { assert } from '@portcullis/kernel';
import type { KernelInput } from './kernel-input.ts';

/** Inputs of one block: few enough that the unfinished block of a snapshot stays small, many enough that hashing costs little. */
export const BLOCK_INPUTS = 256;

/** The first number of an input: which kind it is. Never reused. */
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

const NUMBERS_FIRST = 8192;
const SIDES = { buy: 1, sell: -1, unknown: 0 } as const;

/** Plain JSON. Numbers that JSON does not have are texts. */
export interface InputBlockSnapshot {
  readonly numbers: readonly (number | string)[];
  readonly texts: string;
  readonly inputs: number;
}

/**
 * The inputs of the block that is being filled: numbers as 64-bit floats, each input with its code and its time, texts
 * beside them with their lengths among the numbers. So equal bytes mean equal inputs.
 */
export class InputBlock {
  #numbers = new Float64Array(NUMBERS_FIRST);
  #length = 0;
  #texts = '';
  #inputs = 0;

  get inputs(): number {
    return this.#inputs;
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#numbers.buffer, 0, this.#length * Float64Array.BYTES_PER_ELEMENT);
  }

  get texts(): string {
    return this.#texts;
  }

  clear(): void {
    this.#length = 0;
    this.#texts = '';
    this.#inputs = 0;
  }

  add(at: number, input: KernelInput): void {
    this.#inputs += 1;
    let n = this.#length;
    if (n + 16 > this.#numbers.length) this.#grow(16);
    const to = this.#numbers;
    to[n++] = CODES[input.kind];
    to[n++] = at;
    // Those that come by the million are written without a detour.
    // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- the rest has a switch of its own
    switch (input.kind) {
      case 'bar':
        to[n++] = input.slot;
        to[n++] = input.seq;
        to[n++] = input.tsEvent;
        to[n++] = input.tsInit;
        to[n++] = input.start;
        to[n++] = input.end;
        to[n++] = input.open;
        to[n++] = input.high;
        to[n++] = input.low;
        to[n++] = input.close;
        to[n++] = input.volume;
        to[n++] = input.count;
        this.#length = n;
        return;
      case 'quote':
        to[n++] = input.slot;
        to[n++] = input.seq;
        to[n++] = input.tsEvent;
        to[n++] = input.tsInit;
        to[n++] = input.bidPrice;
        to[n++] = input.bidQuantity;
        to[n++] = input.askPrice;
        to[n++] = input.askQuantity;
        this.#length = n;
        return;
      case 'trade':
        to[n++] = input.slot;
        to[n++] = input.seq;
        to[n++] = input.tsEvent;
        to[n++] = input.tsInit;
        to[n++] = input.price;
        to[n++] = input.quantity;
        to[n++] = SIDES[input.aggressor];
        this.#length = n;
        return this.#text(input.tradeId);
      default:
        this.#length = n;
        this.#rest(input);
    }
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
    larger.set(this.#numbers.subarray(0, this.#length));
    this.#numbers = larger;
  }

  snapshot(): InputBlockSnapshot {
    const numbers = Array.from(this.#numbers.subarray(0, this.#length), plainNumber);
    return { numbers, texts: this.#texts, inputs: this.#inputs };
  }

  restore({ numbers, texts, inputs }: InputBlockSnapshot): void {
    this.clear();
    // A full block is closed by the input after it.
    assert(inputs <= BLOCK_INPUTS, `a snapshot has a block of at most ${BLOCK_INPUTS} inputs`);
    this.#grow(numbers.length);
    this.#numbers.set(numbers.map(Number));
    this.#length = numbers.length;
    this.#texts = texts;
    this.#inputs = inputs;
  }
}

function plainNumber(value: number): number | string {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : String(value);
}
