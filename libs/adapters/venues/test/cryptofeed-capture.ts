import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

const shared = resolve(process.env['PORTCULLIS_SHARED'] ?? join(import.meta.dirname, '../../../../../shared'));
const folder = join(shared, 'data/ws-raw/cryptofeed');

interface CapturedFrame {
  readonly bytes: Uint8Array;
  readonly receivedMicros: number;
}

const FRAME = /^([0-9]+)\.([0-9]+): (.*)$/;

/** The frames of a capture by cryptofeed, lines `<unix time>: <frame>`; undefined, and said aloud, where it is not there. */
export function cryptofeedFrames(file: string): CapturedFrame[] | undefined {
  const path = join(folder, file);
  if (!existsSync(path)) {
    // A silent pass would look like a check.
    process.stderr.write(`no capture at ${path} (set PORTCULLIS_SHARED); nothing was checked\n`);
    return undefined;
  }
  const frames: CapturedFrame[] = [];
  for (const line of gunzipSync(readFileSync(path)).toString().split('\n')) {
    const [, seconds, fraction = '', text] = FRAME.exec(line) ?? [];
    if (text === undefined) continue;
    const receivedMicros = Number(seconds) * 1_000_000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
    frames.push({ bytes: Buffer.from(text), receivedMicros });
  }
  return frames;
}
