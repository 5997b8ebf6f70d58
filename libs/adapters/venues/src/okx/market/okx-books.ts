import type { ScaledEvent } from '@portcullis/market';
import { Malformed, type Members } from '../../market/frame-members.ts';
import { LEVELS_MAX, notBefore, rowsOf } from '../../market/wire-members.ts';
import { type ScalePair, type WireNumber, alikeSides, unsignedNumber } from '../../market/wire-number.ts';
import type { BookSide, WireLevel } from './level-texts.ts';
import { signed } from './okx-checksum.ts';
import type { OkxSymbol } from './okx-symbols.ts';
import { millisText } from './okx-times.ts';

const CHECKSUM_MIN = -0x8000_0000;
const CHECKSUM_MAX = 0xffff_ffff;
const NONE: ScalePair = { priceScale: 0, quantityScale: 0 };

/** What of it is numbers of updates. */
interface Sequence {
  readonly previous: number;
  readonly last: number;
}

export interface WireBook {
  readonly state: OkxSymbol;
  readonly isSnapshot: boolean;
  readonly time: number;
  readonly sequence: Sequence;
  readonly bids: readonly WireLevel[];
  readonly asks: readonly WireLevel[];
  readonly checksum: number | undefined;
}

/** One state or change of a book: `{asks, bids, ts, checksum, seqId, prevSeqId}`. */
export function readBook(data: Members, state: OkxSymbol, action: unknown): WireBook {
  if (action !== 'snapshot' && action !== 'update') throw new Malformed('action', action, 'snapshot or update');
  const isSnapshot = action === 'snapshot';
  // Numbered before the rest is read, so that one which cannot be read is missing in the count.
  const sequence = readSequence(data, state, isSnapshot);
  return {
    state,
    isSnapshot,
    sequence,
    time: millisText(data['ts'], 'ts'),
    bids: readSide(data, 'bids'),
    asks: readSide(data, 'asks'),
    checksum: readChecksum(data['checksum']),
  };
}

/**
 * The venue's numbers; before 2023 it sent none, and the frames are counted instead: the connection is ordered, and the
 * checksum shows what is missing.
 */
function readSequence(data: Members, state: OkxSymbol, isSnapshot: boolean): Sequence {
  const { seqId, prevSeqId } = data;
  if (seqId === undefined) {
    state.bookCount += 1;
    return { previous: isSnapshot ? -1 : state.bookCount - 1, last: state.bookCount };
  }
  // -1 is said with a snapshot: there is none before it.
  const previous = isSnapshot ? -1 : wholeMember(prevSeqId, 'prevSeqId');
  return { previous, last: wholeMember(seqId, 'seqId') };
}

function wholeMember(value: unknown, member: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new Malformed(member, value, 'a whole number within the safe integers');
  }
  return value as number;
}

function readChecksum(value: unknown): number | undefined {
  if (value === undefined || value === 0) return undefined;
  const isNumber = typeof value === 'number' && Number.isInteger(value);
  if (!isNumber || value < CHECKSUM_MIN || value > CHECKSUM_MAX) {
    throw new Malformed('checksum', value, 'a whole number of 32 bits');
  }
  return signed(value);
}

function readSide(data: Members, side: BookSide): WireLevel[] {
  return rowsOf(data[side], side, LEVELS_MAX).map((level) => {
    // Behind them: nothing that is in use, and the number of orders.
    if (!Array.isArray(level) || level.length < 2) throw new Malformed(side, level, 'a price and a quantity');
    const [priceText, quantityText] = level as unknown[];
    const price = unsignedNumber(priceText, side);
    const quantity = unsignedNumber(quantityText, side);
    return { price, quantity, priceText: String(priceText), quantityText: String(quantityText) };
  });
}

export function bookEvent({ state, isSnapshot, time, sequence, bids, asks, checksum }: WireBook): ScaledEvent {
  const { symbol, texts } = state;
  const sides = alikeSides({ bids: flat(bids), asks: flat(asks) }, isSnapshot ? NONE : state.book);
  // A snapshot begins anew; after it scales only grow, as those of the book do.
  state.book = {
    priceScale: Math.max(isSnapshot ? 0 : state.book.priceScale, sides.priceScale),
    quantityScale: Math.max(isSnapshot ? 0 : state.book.quantityScale, sides.quantityScale),
  };
  if (isSnapshot) texts.clear();
  for (const level of bids) texts.take('bids', level);
  for (const level of asks) texts.take('asks', level);
  state.bookAt = notBefore(state.bookAt, time);
  const common = {
    symbol,
    tsEvent: state.bookAt,
    tsEventNanos: 0,
    ...sides,
    ...(checksum === undefined ? {} : { checksum }),
  };
  const { previous, last } = sequence;
  if (isSnapshot) return { kind: 'snapshot', sequence: last, ...common };
  // Equal when nothing changed for a while; the last is lower when the venue began to count anew.
  const firstSequence = previous < last ? previous + 1 : last;
  return { kind: 'delta', firstSequence, lastSequence: last, previousSequence: previous, ...common };
}

function flat(levels: readonly WireLevel[]): WireNumber[] {
  return levels.flatMap(({ price, quantity }) => [price, quantity]);
}
