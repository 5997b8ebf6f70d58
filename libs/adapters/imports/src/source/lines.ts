import { UserError } from '@portcullis/config';
import type { TextSource } from './text-source.ts';

/** Some consecutive lines of a text, without their ends; `first` is the number of the first, counted from 1. */
export interface LineBatch {
  readonly first: number;
  readonly lines: readonly Uint8Array[];
}

/** Bytes of one line: a whole book of every instrument fits many times; more is no text of ours. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;
const NEW_LINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** What some editors put in front of UTF-8 text. */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** The beginning of a line, in the pieces in which it came: joined once, or a long line would be copied with each piece. */
class Beginning {
  #pieces: Uint8Array[] = [];
  length = 0;

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.length += piece.length;
  }

  /** It with what follows; empty afterwards. */
  take(end: Uint8Array): Uint8Array {
    if (this.length === 0) return end;
    const whole = Buffer.concat([...this.#pieces, end]);
    this.#pieces = [];
    this.length = 0;
    return whole;
  }
}

/**
 * The lines of a text, in batches of what was read at once. The last line needs no end, unless the text is cut off:
 * then it is half a line and not given. A byte order mark is no part of the first.
 */
export async function* lineBatches(source: TextSource, onBytes?: (bytes: number) => void): AsyncGenerator<LineBatch> {
  const beginning = new Beginning();
  let first = 1;
  const withoutMark = (line: Uint8Array, number: number): Uint8Array =>
    number === 1 && BYTE_ORDER_MARK.equals(line.subarray(0, 3)) ? line.subarray(3) : line;
  for await (const chunk of source.chunks(onBytes)) {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEW_LINE); end >= 0; end = chunk.indexOf(NEW_LINE, start)) {
      const line = beginning.take(chunk.subarray(start, end));
      lines.push(withoutMark(withoutReturn(line), first + lines.length));
      start = end + 1;
    }
    if (start < chunk.length) beginning.add(chunk.subarray(start));
    if (beginning.length > LINE_BYTES_MAX) {
      throw new UserError(
        `${source.name}: line ${first + lines.length} is longer than ${LINE_BYTES_MAX} bytes`,
        'this is no text file of market data',
      );
    }
    if (lines.length > 0) yield { first, lines };
    first += lines.length;
  }
  if (beginning.length > 0 && source.problem === undefined) {
    yield { first, lines: [withoutMark(withoutReturn(beginning.take(new Uint8Array(0))), first)] };
  }
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}
