import { crc32 } from 'node:zlib';
import { Malformed } from '../../market/frame-members.ts';
import type { BookChecksum } from '../../market/dialect.ts';
import { wholeNumber } from '../../market/wire-members.ts';
import type { KrakenSymbols } from './kraken-symbols.ts';

const LEVELS = 10;
const CHECKSUM_MAX = 0xffff_ffff;

/** A checksum as the venue writes it: unsigned, 32 bits. */
export function checksumOf(text: unknown, member: string): number {
  const value = wholeNumber(text, member);
  if (value > CHECKSUM_MAX) throw new Malformed(member, text, 'an unsigned number of 32 bits');
  return value;
}

/**
 * CRC32 over the ten best asks, then the ten best bids: of each the price, then the quantity, without the point and
 * without leading zeros, with all digits that the venue writes after the point, trailing zeros included. How many these
 * are is the same in all levels of a symbol (`pair_decimals`, `lot_decimals`), so levels need not be kept as text: the
 * most that any number of the book was written with since its snapshot, and what the instrument channel says where it
 * was subscribed to, should the venue come to leave zeros out.
 * Sources: Kraken API Center, "Spot Websockets (v1) Book Checksum" and "Spot Websockets (v2) Book Checksum".
 */
export function krakenChecksum(symbols: KrakenSymbols): BookChecksum {
  return {
    depth: LEVELS,
    of: (symbol, bids, asks) => {
      const state = symbols.known(symbol);
      if (state === undefined) return 0;
      const { book, written } = state;
      const price = written.price - book.price;
      const quantity = written.quantity - book.quantity;
      let text = '';
      for (const side of [asks, bids]) {
        const end = Math.min(side.length, 2 * LEVELS) - 1;
        for (let index = 0; index < end; index += 2) {
          text += digits(side[index] as number, price) + digits(side[index + 1] as number, quantity);
        }
      }
      return crc32(text);
    },
  };
}

/** The digits of a scaled integer and so many zeros behind them: never fewer, as no number is finer than it is written. */
function digits(value: number, zeros: number): string {
  return zeros === 0 ? String(value) : String(value) + '0'.repeat(zeros);
}
