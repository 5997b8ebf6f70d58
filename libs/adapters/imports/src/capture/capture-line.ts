/**
 * The line formats in which frames are kept.
 *
 * `hftbacktest`: `<received, ns or µs> <frame>`; a frame without `stream` and with `lastUpdateId` is a REST depth snapshot.
 * `cryptofeed`: `<unix time>: <frame>`, `wss://… <-> <time>` a connection opened, `wss://… <- <time>: <frame sent>`,
 * `https://… -> <time>: <REST answer>`, `configuration: {…}`.
 */
export type CaptureFormat = 'hftbacktest' | 'cryptofeed';

export interface CaptureRecord {
  readonly kind: 'frame' | 'connected' | 'sent' | 'rest' | 'snapshot' | 'configuration';
  /** Exact, from the digits of the line; what is beyond microseconds is cut. 0 for a configuration. */
  readonly receivedMicros: number;
  readonly bytes: Uint8Array;
  /** Of a connection, what was sent over it, and a REST answer; else empty. */
  readonly url: string;
  readonly line: number;
}

const NOTHING = new Uint8Array(0);
const SPACE = 0x20;
const DOT = 0x2e;
const COLON = 0x3a;
/** Of the receipt in nanoseconds, and in microseconds as older collectors wrote it. */
const NANO_DIGITS = 19;
const MICRO_DIGITS = 16;
const SECOND_DIGITS = 10;
const FRACTION_DIGITS_MAX = 15;

function digitAt(bytes: Uint8Array, at: number): number {
  const digit = (bytes[at] ?? 0) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

/** How many digits stand from `at` on. */
function digitsFrom(bytes: Uint8Array, at: number): number {
  let end = at;
  while (digitAt(bytes, end) >= 0) end += 1;
  return end - at;
}

function wholeAt(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i += 1) value = value * 10 + digitAt(bytes, i);
  return value;
}

/** The format of a line, or undefined when it is none. */
export function formatOfLine(line: Uint8Array): CaptureFormat | undefined {
  if (stampDigits(line) > 0) return 'hftbacktest';
  return cryptofeedRecord(line, 1) === undefined ? undefined : 'cryptofeed';
}

/** One line of a capture; undefined when it is none of its format. */
export function captureRecord(format: CaptureFormat, line: Uint8Array, number: number): CaptureRecord | undefined {
  return format === 'hftbacktest' ? hftbacktestRecord(line, number) : cryptofeedRecord(line, number);
}

/** Digits of the stamp that stands before the frame; 0 when it is none. */
function stampDigits(line: Uint8Array): number {
  const digits = line[NANO_DIGITS] === SPACE ? NANO_DIGITS : MICRO_DIGITS;
  return line[digits] === SPACE && digitsFrom(line, 0) === digits ? digits : 0;
}

function hftbacktestRecord(line: Uint8Array, number: number): CaptureRecord | undefined {
  const digits = stampDigits(line);
  if (digits === 0) return undefined;
  const bytes = line.subarray(digits + 1);
  return {
    kind: isSnapshot(bytes) ? 'snapshot' : 'frame',
    receivedMicros: wholeAt(line, 0, MICRO_DIGITS),
    bytes,
    url: '',
    line: number,
  };
}

const STREAM = Buffer.from('{"stream"');
const LAST_UPDATE = Buffer.from('"lastUpdateId"');
/** The member stands first or nearly so; a frame that happens to hold the word further on is none. */
const SNAPSHOT_HEAD_BYTES = 64;

function isSnapshot(frame: Uint8Array): boolean {
  if (STREAM.compare(frame, 0, Math.min(STREAM.length, frame.length)) === 0) return false;
  const head = Buffer.from(frame.buffer, frame.byteOffset, Math.min(SNAPSHOT_HEAD_BYTES, frame.length));
  return head.includes(LAST_UPDATE);
}

function cryptofeedRecord(line: Uint8Array, number: number): CaptureRecord | undefined {
  const first = line[0];
  if (first === 0x77 || first === 0x68) return addressedRecord(line, number);
  if (first === 0x63) return configurationRecord(line, number);
  const time = timeAt(line, 0);
  if (time === undefined || line[time.end] !== COLON || line[time.end + 1] !== SPACE) return undefined;
  return { kind: 'frame', receivedMicros: time.micros, bytes: line.subarray(time.end + 2), url: '', line: number };
}

/** Microseconds of `1633998512.0633569`, from its digits: a double would lose the last of them. */
function timeAt(line: Uint8Array, at: number): { readonly micros: number; readonly end: number } | undefined {
  const seconds = digitsFrom(line, at);
  if (seconds < SECOND_DIGITS - 1 || seconds > SECOND_DIGITS) return undefined;
  let micros = wholeAt(line, at, seconds) * 1_000_000;
  let end = at + seconds;
  if (line[end] === DOT) {
    const fraction = digitsFrom(line, end + 1);
    if (fraction === 0 || fraction > FRACTION_DIGITS_MAX) return undefined;
    const kept = Math.min(6, fraction);
    micros += wholeAt(line, end + 1, kept) * 10 ** (6 - kept);
    end += 1 + fraction;
  }
  return { micros, end };
}

const SIGNS: readonly { readonly sign: Buffer; readonly kind: CaptureRecord['kind'] }[] = [
  { sign: Buffer.from(' <-> '), kind: 'connected' },
  { sign: Buffer.from(' <- '), kind: 'sent' },
  { sign: Buffer.from(' -> '), kind: 'rest' },
];

function addressedRecord(line: Uint8Array, number: number): CaptureRecord | undefined {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  const blank = text.indexOf(SPACE);
  const url = text.toString('latin1', 0, Math.max(0, blank));
  if (!/^(?:wss?|https?):\/\/./.test(url)) return undefined;
  const found = SIGNS.find(({ sign }) => text.subarray(blank, blank + sign.length).equals(sign));
  if (found === undefined) return undefined;
  const time = timeAt(line, blank + found.sign.length);
  if (time === undefined) return undefined;
  if (found.kind === 'connected') {
    const isWhole = time.end === line.length;
    return isWhole ? { kind: 'connected', receivedMicros: time.micros, bytes: NOTHING, url, line: number } : undefined;
  }
  if (line[time.end] !== COLON) return undefined;
  const bytes = line.subarray(Math.min(line.length, time.end + 2));
  return { kind: found.kind, receivedMicros: time.micros, bytes, url, line: number };
}

const CONFIGURATION = Buffer.from('configuration:');

function configurationRecord(line: Uint8Array, number: number): CaptureRecord | undefined {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  if (!text.subarray(0, CONFIGURATION.length).equals(CONFIGURATION)) return undefined;
  return {
    kind: 'configuration',
    receivedMicros: 0,
    bytes: text.subarray(CONFIGURATION.length),
    url: '',
    line: number,
  };
}
