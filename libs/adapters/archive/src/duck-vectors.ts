import {
  BIGINT,
  DOUBLE,
  type DuckDBDataChunk,
  DuckDBHugeIntVector,
  type DuckDBType,
  DuckDBVarCharVector,
  type DuckDBVector,
  INTEGER,
  SMALLINT,
  TINYINT,
  VARCHAR,
} from '@duckdb/node-api';
import { assert } from '@portcullis/kernel';

type NumericColumn = BigInt64Array | Int32Array | Int16Array | Int8Array | Float64Array;

/** A column of a chunk. */
export type DuckColumn = NumericColumn | readonly string[];

/** A column to be written: as it is read, or texts as cells. */
export type DuckInput = DuckColumn | TextCells;

const NUMERIC = [BigInt64Array, Int32Array, Int16Array, Int8Array, Float64Array];
const ASCII_MAX = 0x7f;

type Raw = ConstructorParameters<typeof DuckDBHugeIntVector>[2];
type Validity = ConstructorParameters<typeof DuckDBHugeIntVector>[1];

/** What the vectors of the package hold. It declares these private, and itself reads and writes value by value. */
interface OpenVector {
  readonly vector: Raw;
  readonly validity: Validity;
  readonly items?: NumericColumn;
  readonly dataView: DataView;
}

type NumericVector = new (items: NumericColumn, validity: Validity, raw: Raw) => { flush(): void };

/** DuckDB's type for an array of values. */
export function typeOf(column: DuckInput): DuckDBType {
  if (column instanceof BigInt64Array) return BIGINT;
  if (column instanceof Int32Array) return INTEGER;
  if (column instanceof Int16Array) return SMALLINT;
  if (column instanceof Int8Array) return TINYINT;
  return column instanceof Float64Array ? DOUBLE : VARCHAR;
}

/** The columns of a chunk as arrays of the receiver's own. A null reads as zero or ''. */
export function columnsOf(chunk: DuckDBDataChunk): DuckColumn[] {
  return Array.from({ length: chunk.columnCount }, (_, index) => columnOf(chunk.getColumnVector(index)));
}

/** The columns of a chunk that have nulls, which the archive never has. */
export function nullColumns(chunk: DuckDBDataChunk): number[] {
  const columns = Array.from({ length: chunk.columnCount }, (_, index) => index);
  return columns.filter((index) => hasNull(chunk.getColumnVector(index)));
}

function hasNull(vector: DuckDBVector): boolean {
  const { validity } = vector as unknown as OpenVector;
  // Without data all are valid, and so it nearly always is.
  if ((validity as unknown as { readonly data: unknown }).data === null) return false;
  for (let row = 0; row < vector.itemCount; row++) if (!validity.itemValid(row)) return true;
  return false;
}

function columnOf(vector: DuckDBVector): DuckColumn {
  const { items } = vector as unknown as OpenVector;
  if (items !== undefined && NUMERIC.some((type) => items instanceof type)) return items;
  assert(vector instanceof DuckDBVarCharVector, `the archive has no columns of type ${String(vector.type)}`);
  return textsOf(vector);
}

/** Writes rows `from` to `from + count` of columns into a chunk: one copy of memory for each. */
export function fillChunk(chunk: DuckDBDataChunk, columns: readonly DuckInput[], from: number, count: number): void {
  // The vectors of an empty chunk are handles alone; those of one with rows bring a copy of what is in them.
  chunk.rowCount = 0;
  const handles = columns.map((_, index) => chunk.getColumnVector(index));
  const texts = columns.flatMap((column, index) =>
    fillVector(handles[index] as DuckDBVector, column, { from, count }).map((text) => ({ index, ...text })),
  );
  chunk.rowCount = count;
  for (const { index, row, text } of texts) chunk.getColumnVector(index).setItem(row, text);
  for (const index of new Set(texts.map((text) => text.index))) {
    (chunk.getColumnVector(index) as DuckDBVarCharVector).flush();
  }
}

/** Gives back the texts that are too long to be written in place. */
function fillVector(
  vector: DuckDBVector,
  column: DuckInput,
  { from, count }: { readonly from: number; readonly count: number },
): readonly LongText[] {
  const { items, validity, vector: raw } = vector as unknown as OpenVector;
  if (vector instanceof DuckDBVarCharVector) {
    const { cells, long } = column instanceof TextCells ? column.slice(from, count) : cellsOf(column, from, count);
    // A huge integer has 16 bytes too, and its vector is copied as it is.
    new DuckDBHugeIntVector(cells, validity, raw, count).flush();
    return long;
  }
  assert(items?.constructor === column.constructor, `wrong array for a column of ${String(vector.type)}`);
  // A vector like it over our memory; its flush copies that to DuckDB's.
  const Vector = vector.constructor as NumericVector;
  new Vector((column as NumericColumn).subarray(from, from + count), validity, raw).flush();
  return [];
}

function cellsOf(column: DuckColumn, from: number, count: number): ReturnType<TextCells['slice']> {
  assert(Array.isArray(column), 'texts for a VARCHAR column');
  const cells = new TextCells(count);
  for (let row = 0; row < count; row++) cells.put(row, (column as readonly string[])[from + row] as string);
  return cells.slice(0, count);
}

interface LongText {
  readonly row: number;
  readonly text: string;
}

/** A text is 16 bytes: its length in four, then itself if it fits into {@link INLINE_BYTES}, else where it is. */
const TEXT_BYTES = 16;
const LENGTH_BYTES = 4;
const INLINE_BYTES = 12;

/**
 * Texts as DuckDB keeps them: short ASCII ones (trade ids, reasons) in place, written and read ten times faster than by
 * a call for each; the others beside them.
 */
export class TextCells {
  #bytes: Uint8Array;
  readonly #long = new Map<number, string>();
  /** UTF-16 units of the long ones. */
  units = 0;

  constructor(rows: number) {
    this.#bytes = new Uint8Array(rows * TEXT_BYTES);
  }

  put(row: number, text: string): void {
    this.#long.delete(row);
    if (this.#putInline(row * TEXT_BYTES, text)) return;
    this.#bytes.fill(0, row * TEXT_BYTES, (row + 1) * TEXT_BYTES);
    this.#long.set(row, text);
    this.units += text.length;
  }

  reserve(rows: number): void {
    if (this.#bytes.length >= rows * TEXT_BYTES) return;
    const bytes = new Uint8Array(rows * TEXT_BYTES);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }

  view(): this {
    return this;
  }

  /** The cells of some rows, and the long texts among them by their place in it. */
  slice(from: number, count: number): { readonly cells: DataView; readonly long: readonly LongText[] } {
    const { buffer, byteOffset } = this.#bytes;
    const cells = new DataView(buffer, byteOffset + from * TEXT_BYTES, count * TEXT_BYTES);
    const long: LongText[] = [];
    if (this.#long.size > 0) {
      for (let row = 0; row < count; row++) {
        const text = this.#long.get(from + row);
        if (text !== undefined) long.push({ row, text });
      }
    }
    return { cells, long };
  }

  #putInline(at: number, text: string): boolean {
    const { length } = text;
    if (length > INLINE_BYTES) return false;
    const bytes = this.#bytes;
    bytes[at] = length;
    for (let index = 0; index < INLINE_BYTES; index++) {
      const code = index < length ? text.charCodeAt(index) : 0;
      if (code > ASCII_MAX) return false;
      bytes[at + LENGTH_BYTES + index] = code;
    }
    return true;
  }
}

function textsOf(vector: DuckDBVarCharVector): string[] {
  const { dataView } = vector as unknown as OpenVector;
  const bytes = Buffer.from(dataView.buffer, dataView.byteOffset, dataView.byteLength);
  return Array.from(
    { length: vector.itemCount },
    (_, row) => readInline(bytes, row * TEXT_BYTES) ?? vector.getItem(row) ?? '',
  );
}

function readInline(bytes: Buffer, at: number): string | undefined {
  const length = bytes.readUInt32LE(at);
  if (length > INLINE_BYTES) return undefined;
  for (let index = at + LENGTH_BYTES; index < at + LENGTH_BYTES + length; index++) {
    if ((bytes[index] as number) > ASCII_MAX) return undefined;
  }
  return bytes.toString('latin1', at + LENGTH_BYTES, at + LENGTH_BYTES + length);
}
