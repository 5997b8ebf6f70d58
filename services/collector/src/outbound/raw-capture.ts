import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Gzip, constants, createGzip } from 'node:zlib';
import { wallMicros } from '@portcullis/config';
import type { RawCaptureConfig } from '../collector.config.ts';

/** Bytes of one file that may wait for the disk; what comes beyond them is counted and left out. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** How much a process that is killed loses of its captures at most. */
const FLUSH_MS = 1000;

interface Open {
  readonly gzip: Gzip;
  readonly written: Promise<void>;
  readonly openedAt: number;
  bytes: number;
  dirty: boolean;
}

/**
 * Frames as they came, one gzipped file per instrument and period under `<dir>/<venue>/<symbol>/`: lines of
 * `<received, ns> <frame>`, the form of the hftbacktest captures.
 */
export class RawCapture {
  readonly #config: RawCaptureConfig;
  readonly #onTrouble: (what: string) => void;
  readonly #open = new Map<string, Open>();
  readonly #ending = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #dropped = 0;
  #frames = 0;

  constructor(config: RawCaptureConfig, onTrouble: (what: string) => void) {
    this.#config = config;
    this.#onTrouble = onTrouble;
    this.#timer = setInterval(() => this.#flush(), FLUSH_MS);
  }

  get counters(): { readonly frames: number; readonly dropped: number } {
    return { frames: this.#frames, dropped: this.#dropped };
  }

  frame(venue: string, symbol: string, frame: { readonly bytes: Uint8Array; readonly receivedMicros: number }): void {
    const file = this.#fileOf(venue, symbol, frame.receivedMicros);
    if (file.gzip.writableLength > WAITING_BYTES_MAX) {
      this.#dropped += 1;
      return;
    }
    this.#frames += 1;
    file.bytes += frame.bytes.length + 21;
    file.dirty = true;
    // Frames of some venues are spread over lines; in JSON text a line break is never inside a value.
    const bytes = frame.bytes.includes(10) ? oneLine(frame.bytes) : frame.bytes;
    file.gzip.write(Buffer.concat([Buffer.from(`${frame.receivedMicros}000 `), bytes, Buffer.from('\n')]));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const key of [...this.#open.keys()]) this.#end(key);
    await Promise.all(this.#ending);
  }

  #fileOf(venue: string, symbol: string, at: number): Open {
    const key = `${venue}/${encodeURIComponent(symbol)}`;
    const present = this.#open.get(key);
    const { bytesMax, minutesMax, dir } = this.#config;
    const isFull =
      present !== undefined && (present.bytes >= bytesMax || at - present.openedAt >= minutesMax * 60_000_000);
    if (present !== undefined && !isFull) return present;
    this.#end(key);
    const folder = join(dir, key);
    mkdirSync(folder, { recursive: true });
    const stamp = new Date(at / 1000).toISOString().replaceAll(/[-:]/g, '').replace('.', '-');
    const gzip = createGzip({ level: 3 });
    const written = pipeline(gzip, createWriteStream(join(folder, `${stamp}.gz`), { flags: 'wx' })).catch(
      (error: Error) => {
        this.#onTrouble(`raw capture: ${error.message}`);
        if (this.#open.get(key)?.gzip === gzip) this.#open.delete(key);
      },
    );
    const opened = { gzip, written, openedAt: at, bytes: 0, dirty: false };
    this.#open.set(key, opened);
    return opened;
  }

  #end(key: string): void {
    const file = this.#open.get(key);
    if (file === undefined) return;
    this.#open.delete(key);
    file.gzip.end();
    const ending = file.written.finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #flush(): void {
    const now = wallMicros();
    for (const [key, file] of this.#open) {
      if (now - file.openedAt >= this.#config.minutesMax * 60_000_000) this.#end(key);
      else if (file.dirty) file.gzip.flush(constants.Z_SYNC_FLUSH);
      file.dirty = false;
    }
  }
}

function oneLine(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte === 10 || byte === 13 ? 32 : byte));
}
