import { UserError } from '@portcullis/config';
import type { Findings } from '../findings.ts';
import { lineBatches } from '../source/lines.ts';
import { type TextSource, textSources } from '../source/text-source.ts';
import { type CaptureFormat, type CaptureRecord, captureRecord, formatOfLine } from './capture-line.ts';

/** A capture that was looked into: its format, when it begins, and whose stream it is. */
export interface CaptureFile {
  readonly path: string;
  readonly bytes: number;
  readonly format: CaptureFormat;
  /** Receipt of its first line that has one; 0 when it has none. */
  readonly startsAt: number;
  /** The one symbol of its first frames, as they name it in `"s"`; undefined when it is none or several. */
  readonly symbol: string | undefined;
}

const SYMBOL = /"s":"([^"]{1,64})"/;
/** Snapshots stand near the beginning of a capture, and so do frames that name the symbol. */
const PEEK_LINES = 1000;

async function onlySource(path: string): Promise<TextSource> {
  const [source, second] = await textSources(path);
  if (source === undefined || second !== undefined) {
    throw new UserError(
      `${path} holds ${second === undefined ? 'no file' : 'several files'}`,
      'unpack it and name each',
    );
  }
  return source;
}

/** Looks at the beginning of a capture. Throws a {@link UserError} when it is none. */
export async function openCapture(path: string): Promise<CaptureFile> {
  const source = await onlySource(path);
  let format: CaptureFormat | undefined;
  let startsAt = 0;
  let seen = 0;
  const symbols = new Set<string>();
  for await (const { first, lines } of lineBatches(source)) {
    for (const [index, line] of lines.entries()) {
      if (line.length === 0) continue;
      format ??= formatOfLine(line) ?? refuse(path, first + index, line);
      const record = captureRecord(format, line, first + index);
      if (record === undefined) continue;
      if (startsAt === 0) startsAt = record.receivedMicros;
      const [, symbol] = record.kind === 'frame' ? (SYMBOL.exec(textOf(record.bytes)) ?? []) : [];
      if (symbol !== undefined) symbols.add(symbol);
    }
    seen += lines.length;
    if (seen >= PEEK_LINES) break;
  }
  const [symbol] = symbols.size === 1 ? symbols : [];
  return { path, bytes: source.bytes, format: format ?? 'cryptofeed', startsAt, symbol };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 512)).toString('latin1');
}

function refuse(path: string, line: number, bytes: Uint8Array): never {
  throw new UserError(
    `${path}:${line}: ${JSON.stringify(textOf(bytes).slice(0, 60))} begins no capture`,
    'expected lines such as `1723161253937085768 {…}` (hftbacktest) or `1633998512.063: {…}` (cryptofeed)',
  );
}

/** The records of a capture, in the order of the file. Lines that are none, and where it ends too soon, become findings. */
export async function* captureRecords(
  file: CaptureFile,
  findings: Findings,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<readonly CaptureRecord[]> {
  const source = await onlySource(file.path);
  let last = 0;
  for await (const { first, lines } of lineBatches(source, onBytes)) {
    const records: CaptureRecord[] = [];
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i];
      if (line === undefined || line.length === 0) continue;
      const record = captureRecord(file.format, line, first + i);
      if (record !== undefined) records.push(record);
      else {
        findings.add({
          severity: 'bad',
          about: 'malformed',
          file: file.path,
          line: first + i,
          text: `no ${file.format} line: ${JSON.stringify(textOf(line).slice(0, 60))}`,
        });
      }
    }
    last = first + lines.length - 1;
    yield records;
  }
  if (source.problem !== undefined) {
    const { byte, detail } = source.problem;
    const text = `${detail}; used up to line ${last}`;
    findings.add({ severity: 'bad', about: 'cut-off', file: file.path, line: last + 1, byte, text });
  }
  if (last === 0) findings.add({ severity: 'note', about: 'empty', file: file.path, text: 'the file has no lines' });
}
