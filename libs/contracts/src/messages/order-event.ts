import { z } from 'zod';
import {
  clientOrderIdString,
  derivedIdString,
  digest,
  epochMicros,
  instrumentId,
  journalHead,
  token,
  unsignedDecimalString,
} from '../primitives.ts';
import { venueOrderSchema } from './venue-order.ts';

const common = {
  version: z.literal(1),
  /** Derived from the content: publishing an event twice changes nothing. */
  eventId: derivedIdString,
  account: token,
  runId: token,
  strategy: token,
  instrument: instrumentId,
  clientOrderId: clientOrderIdString,
  intentId: derivedIdString,
  verdictId: derivedIdString,
  bridgeEpoch: z.int().min(0),
  /** The hash of the message or report that caused the event. */
  cause: digest,
  tsEvent: epochMicros,
  tsInit: epochMicros,
  head: journalHead,
};

/** The bridge is about to write the order to the venue; from here on its outcome is the venue's to tell. */
export const orderSubmittedSchema = z.strictObject({
  ...common,
  type: z.literal('submitted'),
  venueOrder: venueOrderSchema,
});
export const orderAcceptedSchema = z.strictObject({
  ...common,
  type: z.literal('accepted'),
  venueOrderId: z.string().min(1).max(64),
});

/** One execution of ours, counted once by its trade id; also after the order has ended. */
export const orderFilledSchema = z.strictObject({
  ...common,
  type: z.literal('fill'),
  /** The order's state after this fill. */
  state: z.enum(['partially-filled', 'filled']),
  side: z.enum(['buy', 'sell']),
  tradeId: z.string().min(1).max(64),
  price: unsignedDecimalString,
  quantity: unsignedDecimalString,
  cumulativeQuantity: unsignedDecimalString,
  fee: unsignedDecimalString,
  feeCurrency: z.string().min(1).max(16),
  liquidity: z.enum(['maker', 'taker']),
});
export type OrderFilled = z.infer<typeof orderFilledSchema>;

export const orderCanceledSchema = z.strictObject({
  ...common,
  type: z.literal('canceled'),
  cumulativeQuantity: unsignedDecimalString,
  reason: z.string().max(200),
});
export const orderExpiredSchema = z.strictObject({
  ...common,
  type: z.literal('expired'),
  cumulativeQuantity: unsignedDecimalString,
  reason: z.string().max(200),
});
/** The venue said no. */
export const orderRejectedSchema = z.strictObject({
  ...common,
  type: z.literal('rejected'),
  code: z.string().max(64),
  reason: z.string().max(500),
});
/** It may or may not live at the venue; reserved at full size until there is evidence. */
export const orderUnresolvedSchema = z.strictObject({
  ...common,
  type: z.literal('unresolved'),
  reason: z.string().max(500),
});
/** Approved but never sent, for a journaled reason. */
export const orderLapsedSchema = z.strictObject({
  ...common,
  type: z.literal('lapsed'),
  reason: z.enum(['expired', 'superseded', 'killed', 'no-permit', 'refused', 'not-sent']),
  detail: z.string().max(500),
});

export const orderEventSchema = z.discriminatedUnion('type', [
  orderSubmittedSchema,
  orderAcceptedSchema,
  orderFilledSchema,
  orderCanceledSchema,
  orderExpiredSchema,
  orderRejectedSchema,
  orderUnresolvedSchema,
  orderLapsedSchema,
]);
export type OrderEvent = z.infer<typeof orderEventSchema>;
export type OrderEventType = OrderEvent['type'];
