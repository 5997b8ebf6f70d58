import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatScaled, type NumberedEvent } from '@portcullis/market';

/** What is compared: archive kinds by the venue's stream that they come from. */
export const COMPARED = { trade: 'trade', quote: 'bookTicker', delta: 'depth@100ms' } as const;
export type ComparedKind = keyof typeof COMPARED;

/** A row as both sides can spell it. `id` finds its partner, `content` must then be the same. */
interface Row {
  readonly id: string;
  readonly content: string;
}

interface RecordLine {
  readonly at: number;
  readonly fate: string;
  readonly frame: Readonly<Record<string, unknown>>;
}

export interface KindComparison {
  readonly rowsRecorded: number;
  readonly rowsCompared: number;
  /** In the record, not in the archive, and a gap event lies between its neighbours. */
  readonly rowsMissingInGaps: number;
  readonly rowsMissingOutsideGaps: number;
  /** In the archive, not in the record. */
  readonly rowsExtra: number;
  readonly rowsDifferent: number;
  readonly examples: readonly string[];
}

/** The venue's own record of one stream. A last line that a killed process did not finish is passed over. */
export function readRecord(dir: string, stream: string): RecordLine[] {
  const lines = readFileSync(join(dir, `${stream}.jsonl`), 'utf8').split('\n');
  return lines.flatMap((line, at) => {
    if (line === '') return [];
    try {
      return [JSON.parse(line) as RecordLine];
    } catch (error) {
      if (at >= lines.length - 2) return [];
      throw error;
    }
  });
}

/** Holes that faults tore into a stream: frames dropped one after another are one. */
export function holesOf(lines: readonly RecordLine[]): number {
  return lines.filter(({ fate }, at) => fate === 'dropped' && lines[at - 1]?.fate !== 'dropped').length;
}

const number = (value: unknown): string =>
  String(value)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
const levels = (value: unknown): string =>
  (value as [string, string][]).map(([price, quantity]) => `${number(price)}x${number(quantity)}`).join(' ');

function recordRow(kind: ComparedKind, { frame }: RecordLine): Row {
  switch (kind) {
    case 'trade':
      return {
        id: String(frame['t']),
        content: `${number(frame['p'])} ${number(frame['q'])} ${frame['m'] === true ? 'sell' : 'buy'} ${Number(frame['T']) * 1000}`,
      };
    case 'quote':
      return {
        id: String(frame['u']),
        content: ['b', 'B', 'a', 'A'].map((member) => number(frame[member])).join(' '),
      };
    case 'delta':
      return {
        id: String(frame['u']),
        content: `${Number(frame['E']) * 1000} | ${levels(frame['b'])} | ${levels(frame['a'])}`,
      };
  }
}

function archiveRow(event: NumberedEvent): Row | undefined {
  switch (event.kind) {
    case 'trade': {
      const price = formatScaled(event.price, event.priceScale);
      const quantity = formatScaled(event.quantity, event.quantityScale);
      return { id: event.tradeId, content: `${price} ${quantity} ${event.aggressor} ${event.tsEvent}` };
    }
    case 'quote': {
      const price = (value: number): string => formatScaled(value, event.priceScale);
      const quantity = (value: number): string => formatScaled(value, event.quantityScale);
      const { bidPrice, bidQuantity, askPrice, askQuantity } = event;
      const content = `${price(bidPrice)} ${quantity(bidQuantity)} ${price(askPrice)} ${quantity(askQuantity)}`;
      return { id: String(event.sequence), content };
    }
    case 'delta': {
      const side = (flat: readonly number[]): string =>
        Array.from({ length: flat.length / 2 }, (_, at) => {
          const [price = 0, quantity = 0] = flat.slice(2 * at, 2 * at + 2);
          return `${formatScaled(price, event.priceScale)}x${formatScaled(quantity, event.quantityScale)}`;
        }).join(' ');
      return {
        id: String(event.lastSequence),
        content: `${event.tsEvent} | ${side(event.bids)} | ${side(event.asks)}`,
      };
    }
    case 'snapshot':
    case 'bar':
    case 'mark':
    case 'funding':
    case 'gap':
      return undefined;
  }
}

/** Whether a gap event concerns a kind; quotes are held back while the book is not whole. */
function concerns(gap: Extract<NumberedEvent, { kind: 'gap' }>, kind: ComparedKind): boolean {
  if (gap.reason === 'resync') return false;
  if (gap.stream === 'all') return true;
  return kind === 'trade' ? gap.stream === 'trade' : gap.stream === 'book' || gap.stream === kind;
}

/** The archive of one kind against the venue's own record, row for row. `archived` is sorted by `seq`. */
export function compareKind(
  kind: ComparedKind,
  record: readonly RecordLine[],
  archived: readonly NumberedEvent[],
): KindComparison {
  const gaps = archived.flatMap((event) => (event.kind === 'gap' && concerns(event, kind) ? [event.seq] : []));
  const rows = new Map<string, { readonly content: string; readonly seq: number }>();
  const examples: string[] = [];
  const [result, note] = [
    { compared: 0, inGaps: 0, outside: 0, extra: 0, different: 0 },
    (text: string) => examples.push(text),
  ];
  for (const event of archived) {
    const row = event.kind === kind ? archiveRow(event) : undefined;
    if (row === undefined) continue;
    if (rows.has(row.id)) {
      result.extra += 1;
      note(`${kind} ${row.id} is twice in the archive`);
    }
    rows.set(row.id, { content: row.content, seq: event.seq });
  }
  const seen = new Set<string>();
  let before = Number.NEGATIVE_INFINITY;
  let missing: string[] = [];
  /** Rows are missing between two that are there: a gap event has to lie between those. */
  const close = (after: number): void => {
    if (missing.length > 0) {
      const told = gaps.some((seq) => seq > before && seq < after);
      if (told) result.inGaps += missing.length;
      else {
        result.outside += missing.length;
        note(`${kind} ${missing[0]} and ${missing.length - 1} more are missing between seq ${before} and ${after}`);
      }
    }
    missing = [];
    before = Math.max(before, after);
  };
  for (const line of record) {
    const { id, content } = recordRow(kind, line);
    const found = rows.get(id);
    if (found === undefined) {
      missing.push(id);
      continue;
    }
    seen.add(id);
    result.compared += 1;
    if (found.content !== content) {
      result.different += 1;
      note(`${kind} ${id} is ${found.content}, but the venue said ${content}`);
    }
    close(found.seq);
  }
  close(Number.POSITIVE_INFINITY);
  for (const id of rows.keys()) if (!seen.has(id)) note(`${kind} ${id} is not in the venue's record`);
  result.extra += rows.size - seen.size;
  return {
    rowsRecorded: record.length,
    rowsCompared: result.compared,
    rowsMissingInGaps: result.inGaps,
    rowsMissingOutsideGaps: result.outside,
    rowsExtra: result.extra,
    rowsDifferent: result.different,
    examples: examples.slice(0, 10),
  };
}
