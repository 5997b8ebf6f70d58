import { crc32 } from 'node:zlib';
import { formatScaled } from '@portcullis/market';
import type { BookChecksum } from '../../market/dialect.ts';
import type { BookSide } from './level-texts.ts';
import type { OkxSymbol, OkxSymbols } from './okx-symbols.ts';

const LEVELS = 25;

/**
 * CRC32, signed, over `bid:quantity:ask:quantity:…` of the 25 best levels a side in turn, in the venue's own texts; where
 * one side has fewer levels the other goes on alone. Source: OKX API guide v5, "Order book channel", "Checksum". Since 23
 * June 2026 the venue sends 0 instead of it (notice "OKX Order Book Channels Checksum Field Deprecation"), which counts
 * as none: there the numbers of updates are the proof.
 */
export function okxChecksum(symbols: OkxSymbols): BookChecksum {
  return {
    depth: LEVELS,
    of: (symbol, bids, asks) => {
      const state = symbols.known(symbol);
      if (state === undefined) return 0;
      const parts: string[] = [];
      for (let index = 0; index < 2 * LEVELS; index += 2) {
        addLevel(parts, { state, side: 'bids', levels: bids, index });
        addLevel(parts, { state, side: 'asks', levels: asks, index });
      }
      return signed(crc32(parts.join(':')));
    },
  };
}

interface LevelAt {
  readonly state: OkxSymbol;
  readonly side: BookSide;
  readonly levels: readonly number[];
  readonly index: number;
}

function addLevel(parts: string[], { state, side, levels, index }: LevelAt): void {
  const [price, quantity] = [levels[index], levels[index + 1]];
  if (price === undefined || quantity === undefined) return;
  const { priceScale, quantityScale } = state.book;
  parts.push(state.texts.of(side, formatScaled(price, priceScale), formatScaled(quantity, quantityScale)));
}

/** As the venue tells checksums, whatever the sign that it was written with. */
export function signed(checksum: number): number {
  return checksum | 0;
}
