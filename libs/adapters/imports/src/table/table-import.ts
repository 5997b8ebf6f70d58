import type { NumberedEvent, ScaledEvent, ScaledTrade } from '@portcullis/market';
import { type ImportContext, type Importer, SETTLE_ROWS, SequenceByTime } from '../run/importer.ts';
import type { ColumnMap } from './column-map.ts';
import { csvTables } from './csv.ts';
import { parquetTable } from './parquet.ts';
import { RecentIds } from './recent-ids.ts';
import { RowReader, RowRefusal } from './row-events.ts';
import type { Table } from './table-rows.ts';

export interface TableImport {
  readonly format: 'csv' | 'parquet';
  readonly map: ColumnMap;
  readonly symbol: string;
  /** Microseconds of one period, for bars. */
  readonly period: number;
  readonly files: readonly string[];
}

/** Trade ids that are remembered to know one that comes again: two files that overlap by some minutes. */
const IDS_MAX = 200_000;

/** Imports rows of CSV or Parquet files by a column map, in the order in which they stand. */
export function tableImporter(options: TableImport): Importer {
  return async (context) => {
    const rows = new TableRun(options, context);
    for (const file of options.files) {
      const tables =
        options.format === 'csv' ? await csvTables(file, options.map) : [await parquetTable(file, options.map)];
      for (const table of tables) await rows.read(table, file);
      await context.endOfFile();
    }
  };
}

class TableRun {
  readonly #options: TableImport;
  readonly #context: ImportContext;
  readonly #sequence = new SequenceByTime();
  readonly #ids = new RecentIds<ScaledTrade>(IDS_MAX);
  #last = 0;
  #bar: { readonly start: number; readonly place: string } | undefined;

  constructor(options: TableImport, context: ImportContext) {
    this.#options = options;
    this.#context = context;
  }

  async read(table: Table, file: string): Promise<void> {
    const reader = new RowReader(this.#options.map, table, this.#options);
    let since = 0;
    for await (const { first, rows } of table.batches((bytes) => this.#context.onBytes(file, bytes))) {
      for (const [index, cells] of rows.entries()) {
        if (cells.length === 0) continue;
        this.#row(reader.event(cells), { file: table.name, line: first + index });
      }
      since += rows.length;
      if (since >= SETTLE_ROWS) {
        since = 0;
        await this.#context.settle();
      }
    }
    if (reader.rounded === 0) return;
    const text = `${reader.rounded} printed doubles ended in the trace of a computation (0.30000000000000004), which was taken off`;
    this.#context.findings.add({ severity: 'note', about: 'rounded', file: table.name, text });
  }

  #row(event: ScaledEvent | RowRefusal, place: { readonly file: string; readonly line: number }): void {
    if (event instanceof RowRefusal) {
      this.#context.refuse(place, event.reason);
      return;
    }
    if (event.kind === 'bar' && !this.#isNextBar(event.start, place)) return;
    if (event.kind === 'trade' && this.#isRepeated(event, place)) return;
    if (event.tsEvent < this.#last) {
      const text = 'happened before the row above it';
      this.#context.findings.add({ severity: 'note', about: 'disorder', ...place, text });
    } else this.#last = event.tsEvent;
    if (event.kind === 'quote' && event.bidPrice > event.askPrice) {
      this.#context.findings.add({ severity: 'note', about: 'crossed', ...place, text: 'the bid is above the ask' });
    }
    const seq = event.kind === 'bar' ? event.start : this.#sequence.ofKind(event);
    const numbered: NumberedEvent = { ...event, seq, tsInit: event.tsEvent };
    // A trade without an id takes its number, which is the same in every import and no other trade's.
    this.#context.emit(
      numbered.kind === 'trade' && numbered.tradeId === '' ? { ...numbered, tradeId: `${seq}` } : numbered,
    );
  }

  #isNextBar(start: number, place: { readonly file: string; readonly line: number }): boolean {
    if (this.#bar !== undefined && start <= this.#bar.start) {
      this.#context.refuse(place, `the bar is not after that of ${this.#bar.place}`);
      return false;
    }
    this.#bar = { start, place: `${place.file}:${place.line}` };
    return true;
  }

  #isRepeated(trade: ScaledTrade, place: { readonly file: string; readonly line: number }): boolean {
    if (trade.tradeId === '') return false;
    const known = this.#ids.get(trade.tradeId);
    if (known !== undefined) {
      const isSame =
        known.tsEvent === trade.tsEvent && known.price === trade.price && known.quantity === trade.quantity;
      if (isSame) this.#context.duplicate(1);
      else this.#context.refuse(place, `another trade than before has the id ${trade.tradeId}`);
      return true;
    }
    this.#ids.set(trade.tradeId, trade);
    return false;
  }
}
