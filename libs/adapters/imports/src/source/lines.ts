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

/**
 * The lines of a text, in batches of what was read at once. The last line needs no end, unless the text is cut off:
 * then it is half a line and not given.
 */
export async function* lineBatches(source: TextSource, onBytes?: (bytes: number) => void): AsyncGenerator<LineBatch> {
  let rest: Uint8Array = new Uint8Array(0);
  let first = 1;
  for await (const chunk of source.chunks(onBytes)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEW_LINE, rest.length); end >= 0; end = bytes.indexOf(NEW_LINE, start)) {
      lines.push(bytes.subarray(start, end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end));
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > LINE_BYTES_MAX) {
      throw new UserError(
        `${source.name}: line ${first + lines.length} is longer than ${LINE_BYTES_MAX} bytes`,
        'this is no text file of market data',
      );
    }
    if (lines.length > 0) yield { first, lines };
    first += lines.length;
  }
  if (rest.length > 0 && source.problem === undefined) yield { first, lines: [rest] };
}
