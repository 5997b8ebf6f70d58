import { UserError } from '@portcullis/config';
import { lineBatches } from '../source/lines.ts';
import { type TextSource, textSources } from '../source/text-source.ts';
import type { ColumnMap } from './column-map.ts';
import type { RowBatch, Table } from './table-rows.ts';

const QUOTE = '"';

/** The cells of a line: quoted ones may hold the separator, and a quote written twice. */
export function cellsOf(line: string, separator: string): string[] {
  if (!line.includes(QUOTE)) return line.split(separator);
  const cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (let i = 0; i < line.length; i += 1) {
    const char = line[i] as string;
    if (char === QUOTE && isQuoted && line[i + 1] === QUOTE) {
      cell += QUOTE;
      i += 1;
    } else if (char === QUOTE) isQuoted = !isQuoted;
    else if (char === separator && !isQuoted) {
      cells.push(cell);
      cell = '';
    } else cell += char;
  }
  return [...cells, cell];
}

function separatorOf(line: string): string {
  return [',', ';', '\t'].find((candidate) => line.includes(candidate)) ?? ',';
}

/** The texts of a file as tables by a column map: plain, gzipped or in a zip archive. */
export async function csvTables(path: string, map: ColumnMap): Promise<Table[]> {
  const sources = await textSources(path);
  return sources.map((source) => ({
    name: source.name,
    doubles: map.columns.map(() => false),
    hasNanos: false,
    batches: (onBytes) => csvBatches(source, map, onBytes),
  }));
}

async function* csvBatches(
  source: TextSource,
  map: ColumnMap,
  onBytes: (bytes: number) => void,
): AsyncGenerator<RowBatch> {
  let separator = '';
  let indices: number[] = [];
  let last = 0;
  for await (const { first, lines } of lineBatches(source, onBytes)) {
    const texts = lines.map((line) => Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8'));
    let skipped = 0;
    if (separator === '') {
      const head = (texts[0] ?? '').replace(/^\uFEFF/, '');
      separator = separatorOf(head);
      const hasNames = !(map.columns[0]?.column.startsWith('#') ?? false);
      indices = indicesOf(map, hasNames ? cellsOf(head, separator) : undefined, source.name);
      skipped = hasNames ? 1 : 0;
    }
    const rows = texts.slice(skipped).map((text) => {
      if (text === '') return [];
      const cells = cellsOf(text, separator);
      return indices.map((index) => (cells[index] ?? '').trim());
    });
    yield { first: first + skipped, rows };
    last = first + lines.length - 1;
  }
  if (source.problem !== undefined) {
    throw new UserError(
      `${source.name}:${last + 1}: ${source.problem.detail}`,
      'fetch the file again: half a table is not imported',
    );
  }
}

function indicesOf(map: ColumnMap, names: readonly string[] | undefined, file: string): number[] {
  return map.columns.map(({ field, column }) => {
    if (names === undefined) return Number(column.slice(1)) - 1;
    const index = names.findIndex((name) => name.trim() === column);
    if (index >= 0) return index;
    throw new UserError(
      `${file}: there is no column ${JSON.stringify(column)} for ${field}`,
      `its columns are ${names.join(', ').slice(0, 300)}; without a line of names map #1, #2…`,
    );
  });
}
