import { assert } from '@portcullis/kernel';
import type { ColumnType } from '../columns.ts';
import type { DuckInput } from '../duck.ts';
import { TextCells } from '../duck-vectors.ts';

const WORD = 4_294_967_296;

/** A growing column of one of the archive's types. Values are checked against the type when they are put. */
export interface TypedColumn {
  /** Room for at least this many rows. */
  reserve(rows: number): void;
  /** The first `rows` values, as DuckDB takes them. Holds until the next put. */
  view(rows: number): DuckInput;
}

/** BIGINT: safe integers, stored as two words each, because making a bigint of every number is ten times slower. */
export class LongColumn implements TypedColumn {
  #words: Int32Array;

  constructor(rows: number) {
    this.#words = new Int32Array(rows * 2);
  }

  put(row: number, value: number): void {
    if (!Number.isSafeInteger(value)) assert(false, `${value} is no safe integer`);
    // Storing takes the number modulo 2^32, which is its low word in two's complement.
    this.#words[row * 2] = value;
    this.#words[row * 2 + 1] = Math.floor(value / WORD);
  }

  /** The same value in `count` rows. */
  repeat(row: number, count: number, value: number): void {
    for (let at = row; at < row + count; at++) this.put(at, value);
  }

  reserve(rows: number): void {
    if (this.#words.length >= rows * 2) return;
    const words = new Int32Array(rows * 2);
    words.set(this.#words);
    this.#words = words;
  }

  view(rows: number): BigInt64Array {
    return new BigInt64Array(this.#words.buffer, 0, rows);
  }
}

type SmallArray = Int8Array | Int16Array | Int32Array;

/** TINYINT, SMALLINT or INTEGER. */
export class SmallColumn implements TypedColumn {
  readonly #make: (rows: number) => SmallArray;
  #values: SmallArray;

  constructor(rows: number, make: (rows: number) => SmallArray) {
    this.#make = make;
    this.#values = make(rows);
  }

  put(row: number, value: number): void {
    this.#values[row] = value;
    if (this.#values[row] !== value) {
      assert(false, `${value} does not fit into ${this.#values.BYTES_PER_ELEMENT} bytes`);
    }
  }

  repeat(row: number, count: number, value: number): void {
    for (let at = row; at < row + count; at++) this.put(at, value);
  }

  reserve(rows: number): void {
    if (this.#values.length >= rows) return;
    const values = this.#make(rows);
    values.set(this.#values);
    this.#values = values;
  }

  view(rows: number): SmallArray {
    return this.#values.subarray(0, rows);
  }
}

const MAKERS = {
  INTEGER: (rows: number) => new Int32Array(rows),
  SMALLINT: (rows: number) => new Int16Array(rows),
  TINYINT: (rows: number) => new Int8Array(rows),
} as const;

export function typedColumn(type: ColumnType, rows: number): LongColumn | SmallColumn | TextCells {
  if (type === 'BIGINT') return new LongColumn(rows);
  return type === 'VARCHAR' ? new TextCells(rows) : new SmallColumn(rows, MAKERS[type]);
}
