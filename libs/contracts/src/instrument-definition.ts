import { z } from 'zod';
import { token, unsignedDecimalString, venueSymbol } from './primitives.ts';

/** The rules of an instrument as they travel in configuration. */
export const instrumentDefinitionSchema = z.strictObject({
  venue: token,
  symbol: venueSymbol,
  base: z.string().min(1).max(16),
  quote: z.string().min(1).max(16),
  tickSize: unsignedDecimalString,
  lotSize: unsignedDecimalString,
  quantityMin: unsignedDecimalString,
  quantityMax: unsignedDecimalString,
  priceMin: unsignedDecimalString,
  priceMax: unsignedDecimalString,
  notionalMin: unsignedDecimalString,
});
export type InstrumentDefinitionMessage = z.infer<typeof instrumentDefinitionSchema>;
