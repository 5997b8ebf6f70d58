import { createReadStream, openSync, readSync, closeSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { UserError } from '@portcullis/config';

/** Characters of one line: a snapshot of 5000 levels a side takes less than half of it. */
const LINE_LENGTH_MAX = 4 * 1024 * 1024;
const REMEDY = 'give another capture with --flow FILE, or record it again';

/** What a capture holds at a place: its lines, or where it cannot be read on. */
export type CapturePiece =
  | { readonly kind: 'line'; readonly number: number; readonly text: string }
  /** After `number` whole lines the file cannot be read on. */
  | { readonly kind: 'broken'; readonly number: number; readonly reason: string };

/** Refuses a file that is missing, empty or not gzip. */
export function checkCaptureFile(file: string): void {
  const head = Buffer.alloc(2);
  let bytes: number;
  try {
    const fd = openSync(file, 'r');
    bytes = readSync(fd, head);
    closeSync(fd);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new UserError(
      `the capture ${file} cannot be read (${code})`,
      'check that the path is right and that this user may read it',
      { cause },
    );
  }
  if (bytes === 0) throw new UserError(`the capture ${file} is empty`, REMEDY);
  if (head[0] !== 0x1f || head[1] !== 0x8b) throw new UserError(`the capture ${file} is not gzip`, REMEDY);
}

/** The lines of a gzipped capture, in order, numbered from 1. Empty lines are passed over. */
export async function* readCapture(file: string): AsyncGenerator<CapturePiece> {
  const source = createReadStream(file);
  const plain = source.pipe(createGunzip()).setEncoding('utf8');
  source.on('error', (error) => plain.destroy(error));
  let rest = '';
  let number = 0;
  try {
    for await (const chunk of plain as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        number++;
        if (text !== '') yield { kind: 'line', number, text };
      }
      if (rest.length > LINE_LENGTH_MAX) {
        yield { kind: 'broken', number, reason: `a line is longer than ${LINE_LENGTH_MAX} characters` };
        return;
      }
    }
    if (rest !== '') yield { kind: 'line', number: number + 1, text: rest };
  } catch (error) {
    yield { kind: 'broken', number, reason: `the gzip data end or are damaged there (${(error as Error).message})` };
  } finally {
    source.destroy();
    plain.destroy();
  }
}

export function corruptLine(file: string, number: number, reason: string): UserError {
  return new UserError(`the capture ${file} is corrupt at line ${number}: ${reason}`, REMEDY);
}
