import { z } from 'zod';
import {
  clientOrderIdString,
  orderTypeSchema,
  sideSchema,
  timeInForceSchema,
  token,
  unsignedDecimalString,
  venueSymbol,
} from '../primitives.ts';

/**
 * A venue-neutral order exactly as it may leave the bridge: decimal strings on the instrument's increments.
 * The bytes that go out are parsed back into this shape and compared before they are written.
 */
export const venueOrderSchema = z.strictObject({
  clientOrderId: clientOrderIdString,
  venue: token,
  symbol: venueSymbol,
  side: sideSchema,
  type: orderTypeSchema,
  timeInForce: timeInForceSchema,
  postOnly: z.boolean(),
  reduceOnly: z.boolean(),
  quantity: unsignedDecimalString,
  price: unsignedDecimalString.optional(),
  stopPrice: unsignedDecimalString.optional(),
});
export type VenueOrder = z.infer<typeof venueOrderSchema>;
