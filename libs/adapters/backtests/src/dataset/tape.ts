import type { Cursor } from '@portcullis/archive';
import type { InstrumentDefinition } from '@portcullis/market';
import type { ReplayInput } from '@portcullis/replay';
import { BacktestError } from '../backtest-error.ts';
import type { DataInfo, EventSource, InputBatch, QualityCount } from './input-batch.ts';
import { SegmentReader, type TapeSegment, SegmentWriter } from './tape-segment.ts';

/** Bytes of one segment: what is allocated at once. */
const SEGMENT_BYTES = 8 * 1024 * 1024;
/** Of a gap or a tie, about. */
const OTHER_BYTES = 100;
/** Events handed out between two breaths. */
export const BATCH_EVENTS = 4096;

/** What is known of a tape beside its events. */
export interface TapeHeader {
  readonly info: DataInfo;
  readonly quality: readonly QualityCount[];
  readonly definitions: readonly InstrumentDefinition[];
}

/** A tape as it is handed to workers. */
export interface TapeContent extends TapeHeader {
  readonly segments: readonly TapeSegment[];
}

/**
 * Events of a source in memory, made exact once and replayed any number of times. About
 * 64 bytes for a quote, 96 for a bar. Undefined where they take more than `bytesMax`: then read the archive each time.
 */
export async function loadTape(
  source: EventSource,
  definitions: readonly InstrumentDefinition[],
  bytesMax: number,
): Promise<Tape | undefined> {
  const segments: TapeSegment[] = [];
  let bytes = 0;
  const writer = new SegmentWriter(SEGMENT_BYTES, (segment) => {
    segments.push(segment);
    bytes += segment.numbers.byteLength + (segment.others.length + segment.ties.size) * OTHER_BYTES;
  });
  for await (const batch of source.batches(definitions)) {
    writeBatch(writer, batch);
    if (bytes > bytesMax) return undefined;
  }
  writer.flush();
  if (bytes > bytesMax) return undefined;
  return new Tape({ info: source.info, quality: await source.quality(), definitions, segments });
}

export function writeBatch(writer: SegmentWriter, batch: InputBatch): void {
  for (let index = 0; index < batch.events.length; index++) {
    writer.write(batch.events[index] as ReplayInput, batch.cursorAfter(index));
  }
}

/** See {@link loadTape}. */
export class Tape implements EventSource {
  readonly info: DataInfo;
  /** To be sent to a worker, where `new Tape(content)` is the same tape. */
  readonly content: TapeContent;

  constructor(content: TapeContent) {
    this.content = content;
    this.info = content.info;
  }

  async *batches(
    definitions: readonly InstrumentDefinition[],
    after?: Cursor,
  ): AsyncGenerator<InputBatch, void, undefined> {
    checkDefinitions(this.content.definitions, definitions);
    let isBehind = after === undefined;
    for (const segment of this.content.segments) {
      const reader = new SegmentReader(segment);
      while (!reader.ended) {
        const batch = reader.next(BATCH_EVENTS);
        if (isBehind) {
          yield batch;
          continue;
        }
        const last = batch.events.at(-1) as ReplayInput;
        if (after === undefined || last.tsEvent < after.tsEvent) continue;
        const rest = behind(batch, after);
        if (rest === undefined) continue;
        isBehind = true;
        if (rest.events.length > 0) yield rest;
      }
    }
    if (!isBehind) {
      throw BacktestError.of({ field: 'cursor', value: JSON.stringify(after), expected: 'a place of this data' });
    }
  }

  async quality(): Promise<readonly QualityCount[]> {
    return this.content.quality;
  }
}

/** Throws BacktestError where a tape was made with other increments than it is replayed with. */
export function checkDefinitions(made: readonly InstrumentDefinition[], wanted: readonly InstrumentDefinition[]): void {
  made.forEach((definition, slot) => {
    const given = wanted[slot];
    if (given?.tickSize === definition.tickSize && given.lotSize === definition.lotSize) return;
    const value = `${given?.tickSize} and ${given?.lotSize}`;
    const expected = `${definition.tickSize} and ${definition.lotSize}, as the tape was made with`;
    throw BacktestError.of({ field: `instruments.${slot}.tickSize and lotSize`, value, expected });
  });
}

/** What of a batch lies behind a cursor; undefined where its event is not in it. */
function behind(batch: InputBatch, after: Cursor): InputBatch | undefined {
  for (let index = 0; index < batch.events.length; index++) {
    const { tsEvent, seq } = batch.events[index] as ReplayInput;
    if (tsEvent !== after.tsEvent || seq !== after.seq) continue;
    const cursor = batch.cursorAfter(index);
    if (cursor.stream !== after.stream || cursor.index !== after.index) continue;
    const start = index + 1;
    return { events: batch.events.slice(start), cursorAfter: (at) => batch.cursorAfter(at + start) };
  }
  return undefined;
}
