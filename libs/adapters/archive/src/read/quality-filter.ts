import { QUALITY_WINDOW_MICROS, type QualityState, type QualityWindow } from '@portcullis/contracts';
import type { DataStream } from '@portcullis/market';
import { boundsOf } from '../partition.ts';
import type { ColumnsChunk } from './columns-chunk.ts';
import type { StreamStart } from './cursor.ts';
import type { TimeRange } from './file-run.ts';
import type { PlannedQuality } from './read-plan.ts';
import type { ReadRequest } from './read-request.ts';

/** What the contract of gap events lets a detail have. */
const DETAIL_LENGTH_MAX = 200;
/** Days kept of one stream: its kinds are read side by side, a few days apart at most. */
const DAYS_KEPT_MAX = 12;

/** Windows in a row, of one state, that are not read. */
export interface LeftOut extends TimeRange {
  readonly state: QualityState | 'UNKNOWN';
  readonly windows: number;
  readonly reasons: readonly string[];
}

interface DayQuality {
  readonly wanted: readonly TimeRange[];
  readonly leftOut: readonly LeftOut[];
}

/** The windows of one stream of one instrument, day by day, asked of the ledger when they are needed. */
export class StreamQuality {
  readonly planned: PlannedQuality;
  readonly #request: ReadRequest & Required<Pick<ReadRequest, 'quality'>>;
  readonly #days = new Map<string, Promise<DayQuality>>();

  constructor(planned: PlannedQuality, request: ReadRequest & Required<Pick<ReadRequest, 'quality'>>) {
    this.planned = planned;
    this.#request = request;
  }

  async day(date: string): Promise<DayQuality> {
    let day = this.#days.get(date);
    if (day === undefined) {
      day = this.#read(date);
      this.#days.set(date, day);
      const [oldest] = this.#days.keys();
      if (this.#days.size > DAYS_KEPT_MAX && oldest !== undefined) this.#days.delete(oldest);
    }
    return day;
  }

  async #read(date: string): Promise<DayQuality> {
    const { stream, quality } = this.planned;
    const { ledger, least } = this.#request.quality;
    const day = boundsOf(date);
    const windows = await ledger.read({ venue: stream.venue, symbol: stream.symbol, ...day, streams: [quality] });
    const own = windows.filter((window) => window.stream === quality);
    return splitDay(wantedOf(date, this.#request), own, least);
  }
}

/** What of a day a request wants, before its quality is looked at. */
export function wantedOf(date: string, { from = 0, to = Infinity }: ReadRequest): TimeRange {
  const day = boundsOf(date);
  return { from: Math.max(day.from, from), to: Math.min(day.to, to) };
}

/** Splits a range by its windows: what is good enough, and stretches that are not. A window that is not there is UNKNOWN. */
export function splitDay(range: TimeRange, windows: readonly QualityWindow[], least: 'GOOD' | 'DEGRADED'): DayQuality {
  const byStart = new Map(windows.map((window) => [window.start, window]));
  const wanted: { from: number; to: number }[] = [];
  const leftOut: { from: number; to: number; state: LeftOut['state']; windows: number; reasons: string[] }[] = [];
  const first = Math.floor(range.from / QUALITY_WINDOW_MICROS) * QUALITY_WINDOW_MICROS;
  for (let start = first; start < range.to; start += QUALITY_WINDOW_MICROS) {
    const window = byStart.get(start);
    const state = window?.state ?? 'UNKNOWN';
    const from = Math.max(start, range.from);
    const to = Math.min(start + QUALITY_WINDOW_MICROS, range.to);
    if (state === 'GOOD' || state === least) {
      const last = wanted.at(-1);
      if (last?.to === from) last.to = to;
      else wanted.push({ from, to });
      continue;
    }
    const last = leftOut.at(-1);
    if (last?.to === from && last.state === state) {
      last.to = to;
      last.windows++;
      last.reasons.push(...(window?.reasons ?? []));
    } else leftOut.push({ from, to, state, windows: 1, reasons: [...(window?.reasons ?? [])] });
  }
  return { wanted, leftOut };
}

/** The gaps that stand for what is left out, one chunk for each day that has some. They come before what else is at their time. */
export async function* qualityGaps(
  quality: StreamQuality,
  start: StreamStart | undefined,
): AsyncGenerator<ColumnsChunk, void, undefined> {
  for (const date of quality.planned.dates) {
    const { leftOut } = await quality.day(date);
    const rows = leftOut.filter(({ from }) => !isBehind(from, start));
    if (rows.length > 0) yield gapChunk(quality.planned, rows);
  }
}

function isBehind(tsEvent: number, start: StreamStart | undefined): boolean {
  if (start === undefined || tsEvent > start.tsEvent) return false;
  return tsEvent < start.tsEvent || start.seq > 0 || start.rows > 0;
}

function gapChunk({ stream, quality }: PlannedQuality, rows: readonly LeftOut[]): ColumnsChunk {
  const { length } = rows;
  const tsEvent = Float64Array.from(rows, ({ from }) => from);
  const seq = new Float64Array(length);
  const columns = {
    tsEvent,
    seq,
    tsInit: tsEvent,
    tsEventNanos: new Int16Array(length),
    reason: rows.map(() => 'gap'),
    detail: rows.map((row) => detailOf(quality, row)),
    stream: rows.map(() => quality),
    from: tsEvent,
    to: Float64Array.from(rows, ({ to }) => to),
  };
  return { stream, length, columns, tsEvent, seq, start: 0, before: 0, source: `quality of ${stream.key}` };
}

function detailOf(quality: DataStream, { state, windows, from, to, reasons }: LeftOut): string {
  const count = windows === 1 ? '1 window' : `${windows} windows`;
  const said = state === 'UNKNOWN' ? ['not in the quality ledger'] : [...new Set(reasons)];
  const why = said.length === 0 ? '' : `: ${said.join('; ')}`;
  return `${quality} left out, ${state}, ${count} from ${iso(from)} to ${iso(to)}${why}`.slice(0, DETAIL_LENGTH_MAX);
}

function iso(micros: number): string {
  return new Date(micros / 1000).toISOString();
}
