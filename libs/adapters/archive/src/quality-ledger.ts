import { setTimeout as sleep } from 'node:timers/promises';
import {
  dateString,
  QUALITY_WINDOW_MICROS,
  type QualityDay,
  qualityDaySchema,
  type QualityWindow,
  qualityWindowSchema,
} from '@portcullis/contracts';
import { canonicalJson } from '@portcullis/kernel';
import { type DataStream, mergeWindows, unobservedWindow } from '@portcullis/market';
import { type ObjectStore, ObjectStoreError } from '@portcullis/objects';
import type { z } from 'zod';
import { boundsOf, dateOf, qualityKey } from './partition.ts';

/** Another writer of the same instrument and day is as fast as we are; this many in a row are not by accident. */
const CONFLICTS_MAX = 50;
const CONFLICT_MS_MAX = 20;
/** Longer ranges are listed first, because most days of them may not be there. */
const DAYS_ASKED_MAX = 4;
const PARALLEL = 8;
const ROOT = '_quality/';

/** One instrument and UTC day of the ledger. */
export interface LedgerDay {
  readonly venue: string;
  readonly symbol: string;
  readonly date: string;
}

export interface LedgerQuery {
  readonly venue: string;
  readonly symbol: string;
  /** Windows that begin in `[from, to)`, microseconds. */
  readonly from: number;
  readonly to: number;
  readonly streams?: readonly DataStream[];
}

/** What stands in the store, or was to be put there, is no quality record: names the key and the field. */
export class QualityLedgerError extends Error {
  override readonly name = 'QualityLedgerError';
}

/**
 * The quality windows of every instrument, one object for each UTC day (`_quality/venue=…/symbol=…/date=….json`). Any
 * number of writers may record at once: each put replaces exactly what was read, and two accounts of the same window
 * are merged by `mergeWindows`, so recording again changes nothing. A window that is not there counts as BAD.
 */
export class QualityLedger {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /**
   * Adds windows of any days. Throws {@link QualityLedgerError} for a window that is none, ObjectStoreError where the
   * store is in trouble: days that were put stay, and recording everything again is harmless.
   */
  async record(venue: string, symbol: string, windows: readonly QualityWindow[]): Promise<void> {
    const byDate = new Map<string, QualityWindow[]>();
    for (const window of windows) {
      const date = dateOf(checked(window).start);
      const day = byDate.get(date);
      if (day === undefined) byDate.set(date, [window]);
      else day.push(window);
    }
    for (const [date, ofDay] of byDate) await this.#recordDay({ venue, symbol, date }, ofDay);
  }

  /** The windows that are there, in the order of `(start, stream)`. */
  async read({ venue, symbol, from, to, streams }: LedgerQuery): Promise<QualityWindow[]> {
    const found: QualityWindow[] = [];
    const dates = await this.#datesIn(venue, symbol, { from, to });
    for (let at = 0; at < dates.length; at += PARALLEL) {
      const part = dates.slice(at, at + PARALLEL);
      const days = await Promise.all(part.map((date) => this.#load({ venue, symbol, date })));
      for (const { day } of days) found.push(...day.windows);
    }
    const isWanted = ({ start, stream }: QualityWindow): boolean =>
      start >= from && start < to && (streams === undefined || streams.includes(stream));
    return found.filter(isWanted);
  }

  /** The days that are there, in the order of `(venue, symbol, date)` as their keys have it. */
  async *list(filter: { readonly venue?: string; readonly symbol?: string } = {}): AsyncGenerator<LedgerDay> {
    const { venue, symbol } = filter;
    const ofVenue = venue === undefined ? ROOT : `${ROOT}venue=${encodeURIComponent(venue)}/`;
    const prefix =
      venue === undefined || symbol === undefined ? ofVenue : `${ofVenue}symbol=${encodeURIComponent(symbol)}/`;
    for await (const { key } of this.#store.list(prefix)) {
      const day = dayOfKey(key);
      if (day !== undefined && (symbol === undefined || day.symbol === symbol)) yield day;
    }
  }

  async #datesIn(venue: string, symbol: string, range: { from: number; to: number }): Promise<string[]> {
    const dates: string[] = [];
    const first = Math.max(0, range.from);
    if (first >= range.to) return dates;
    if (boundsOf(dateOf(first)).from + DAYS_ASKED_MAX * DAY_MICROS >= range.to) {
      for (let at = boundsOf(dateOf(first)).from; at < range.to; at += DAY_MICROS) dates.push(dateOf(at));
      return dates;
    }
    for await (const { date } of this.list({ venue, symbol })) {
      const { from, to } = boundsOf(date);
      if (to > range.from && from < range.to) dates.push(date);
    }
    return dates;
  }

  async #recordDay(where: LedgerDay, windows: readonly QualityWindow[]): Promise<void> {
    for (let conflicts = 0; ; conflicts += 1) {
      const { day, etag } = await this.#load(where);
      const next = { ...day, windows: joined(day.windows, windows) };
      const text = canonicalJson(next);
      if (etag !== undefined && text === canonicalJson(day)) return;
      const condition = etag === undefined ? ({ absent: true } as const) : { etag };
      try {
        await this.#store.put(qualityKey(where), Buffer.from(text), condition);
        return;
      } catch (error) {
        const isRace = error instanceof ObjectStoreError && error.trouble === 'conflict';
        if (!isRace || conflicts >= CONFLICTS_MAX) throw error;
      }
      // Writers that met once do not meet again.
      await sleep(Math.random() * CONFLICT_MS_MAX);
    }
  }

  async #load(where: LedgerDay): Promise<{ readonly day: QualityDay; readonly etag?: string }> {
    const key = qualityKey(where);
    try {
      const { body, info } = await this.#store.read(key);
      return { day: parsed(key, body, where), etag: info.etag };
    } catch (error) {
      if (!(error instanceof ObjectStoreError) || error.trouble !== 'missing') throw error;
      return { day: { version: 1, ...where, windows: [] } };
    }
  }
}

const DAY_MICROS = 86_400_000_000;
const KEY = /^_quality\/venue=([^/]+)\/symbol=([^/]+)\/date=([^/]+)\.json$/;

function dayOfKey(key: string): LedgerDay | undefined {
  const [, venue, symbol, date] = KEY.exec(key) ?? [];
  if (venue === undefined || symbol === undefined || !dateString.safeParse(date).success) return undefined;
  try {
    return { venue: decodeURIComponent(venue), symbol: decodeURIComponent(symbol), date: date ?? '' };
  } catch {
    return undefined;
  }
}

function issueOf({ issues: [issue] }: z.ZodError): string {
  const field = issue?.path.join('.') ?? '';
  return `${field === '' ? 'it' : field}: ${issue?.message ?? 'malformed'}`;
}

function checked(window: QualityWindow): QualityWindow {
  const { success, error } = qualityWindowSchema.safeParse(window);
  if (!success) throw new QualityLedgerError(`a quality window cannot be recorded: ${issueOf(error)}`);
  if (window.start % QUALITY_WINDOW_MICROS === 0) return window;
  throw new QualityLedgerError(`a quality window cannot be recorded: start ${window.start} is no quarter of an hour`);
}

/** Reads what is in the store, of which nothing is taken on trust. */
function parsed(key: string, body: Uint8Array, where: LedgerDay): QualityDay {
  const complain = (what: string): never => {
    throw new QualityLedgerError(`${key} is no quality record: ${what}`);
  };
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    return complain(`it is not JSON (${(cause as Error).message})`);
  }
  const { success, data, error } = qualityDaySchema.safeParse(json);
  if (!success) return complain(issueOf(error));
  for (const field of ['venue', 'symbol', 'date'] as const) {
    if (data[field] !== where[field]) return complain(`${field} is ${data[field]}, not ${where[field]}`);
  }
  const bounds = boundsOf(where.date);
  data.windows.forEach(({ start, stream }, index) => {
    const before = data.windows[index - 1];
    const isFirst = before === undefined || start > before.start || (start === before.start && stream > before.stream);
    if (!isFirst) complain(`windows.${index}: not in the order of start and stream`);
    if (start < bounds.from || start >= bounds.to || start % QUALITY_WINDOW_MICROS !== 0) {
      complain(`windows.${index}.start: ${start} is no quarter of an hour of ${where.date}`);
    }
  });
  return data;
}

function joined(known: readonly QualityWindow[], more: readonly QualityWindow[]): QualityWindow[] {
  const byPlace = new Map<string, QualityWindow>();
  for (const window of [...known, ...more]) {
    const place = `${window.start} ${window.stream}`;
    const there = byPlace.get(place);
    byPlace.set(place, there === undefined ? window : mergeWindows(there, window));
  }
  return [...byPlace.values()].sort((one, other) => one.start - other.start || (one.stream < other.stream ? -1 : 1));
}

/** The window of a stream that begins at `start`, or one that is BAD because nobody observed it. */
export function windowOrBad(windows: readonly QualityWindow[], start: number, stream: DataStream): QualityWindow {
  return (
    windows.find((window) => window.start === start && window.stream === stream) ?? unobservedWindow(start, stream)
  );
}
