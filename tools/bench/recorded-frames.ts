import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

const STAMP_LENGTH = 19;
const SNAPSHOT_OPENING = '{"lastUpdateId"';

export interface Recorded {
  readonly receivedMicros: number;
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly isSnapshot: boolean;
}

/** Where the recorded frames of Binance lie; undefined where they do not. */
export function dataFolder(): string | undefined {
  const shared = resolve(process.env['PORTCULLIS_SHARED'] ?? join(import.meta.dirname, '../../../shared'));
  const folder = join(shared, 'data/ws-raw/hftbacktest');
  return existsSync(folder) ? folder : undefined;
}

/** Lines `<nanoseconds> <frame>`, gzipped. */
export function recordedFrames(folder: string, files: readonly string[]): Recorded[] {
  const frames: Recorded[] = [];
  for (const file of files) {
    const content = gunzipSync(readFileSync(join(folder, file)));
    for (let at = 0; at < content.length;) {
      const newline = content.indexOf(10, at);
      const end = newline < 0 ? content.length : newline;
      const receivedMicros = Number(content.toString('latin1', at, at + STAMP_LENGTH - 3));
      frames.push(frameOf(receivedMicros, content.subarray(at + STAMP_LENGTH + 1, end)));
      at = end + 1;
    }
  }
  return frames;
}

export function frameOf(receivedMicros: number, bytes: Buffer): Recorded {
  const text = bytes.toString('latin1');
  return { receivedMicros, bytes, text, isSnapshot: text.startsWith(SNAPSHOT_OPENING) };
}
