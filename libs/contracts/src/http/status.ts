import { z } from 'zod';
import { decimalString, epochMicros, instrumentId, token, unsignedDecimalString } from '../primitives.ts';
import { controlStateSchema } from '../messages/control-state.ts';
import { breakSchema } from '../messages/recon-snapshot.ts';

/** A process of the platform by its last heartbeat. */
export const serviceViewSchema = z.strictObject({
  service: token,
  instance: token,
  state: z.enum(['starting', 'ready', 'degraded', 'stopping']),
  detail: z.string().optional(),
  ageMillis: z.int(),
  counters: z.record(z.string(), z.number()),
});
export type ServiceView = z.infer<typeof serviceViewSchema>;

/** A run: what livyd says of it, beside books that observer keeps itself from the fills. Money in quote currency. */
export const runViewSchema = z.strictObject({
  runId: token,
  strategy: token,
  account: token,
  instrument: instrumentId,
  stage: z.string(),
  state: z.string(),
  inputs: z.int().min(0),
  workingOrders: z.int().min(0),
  decisionHash: z.string(),
  intents: z.int().min(0),
  approved: z.int().min(0),
  denied: z.int().min(0),
  fills: z.int().min(0),
  position: decimalString,
  realisedProfit: decimalString,
  unrealisedProfit: decimalString,
  fees: decimalString,
  /** Realised plus unrealised, minus fees. */
  netProfit: decimalString,
});
export type RunView = z.infer<typeof runViewSchema>;

/** The market of one instrument as last seen. */
export const marketViewSchema = z.strictObject({
  instrument: instrumentId,
  venue: token,
  symbol: z.string(),
  base: z.string(),
  quote: z.string(),
  /** Why the market is not known, from a gap to its resync. */
  gap: z.string().optional(),
  bidPrice: unsignedDecimalString.optional(),
  bidQuantity: unsignedDecimalString.optional(),
  askPrice: unsignedDecimalString.optional(),
  askQuantity: unsignedDecimalString.optional(),
  mid: unsignedDecimalString.optional(),
  lastPrice: unsignedDecimalString.optional(),
  at: epochMicros,
});
export type MarketView = z.infer<typeof marketViewSchema>;

export const countersViewSchema = z.strictObject({
  marketEvents: z.int().min(0),
  intents: z.int().min(0),
  approved: z.int().min(0),
  denied: z.int().min(0),
  deniedByCode: z.record(z.string(), z.int().min(0)),
  submitted: z.int().min(0),
  fills: z.int().min(0),
  /** Orders that are unresolved now. */
  unresolved: z.int().min(0),
  deadLetters: z.int().min(0),
  alerts: z.int().min(0),
  /** Breaks in the newest report of each account. */
  breaks: z.int().min(0),
  /** Messages that fitted no schema, or that the streams no longer had: what is shown may lack them. */
  unread: z.int().min(0),
});
export type CountersView = z.infer<typeof countersViewSchema>;

/** The newest reconciliation of one account. */
export const reconViewSchema = z.strictObject({
  account: token,
  reason: z.string(),
  at: epochMicros,
  complete: z.boolean(),
  openOrders: z.int().min(0),
  unresolvedOrders: z.int().min(0),
  breaks: z.array(breakSchema),
});
export type ReconView = z.infer<typeof reconViewSchema>;

/** The answer to `GET /v1/status`, and each `status` event of `GET /v1/events`. */
export const statusSchema = z.strictObject({
  version: z.literal(1),
  at: epochMicros,
  startedAt: epochMicros,
  /** The strictest state of all accounts; UNKNOWN until riskd has said one. */
  tradingState: z.enum(['ACTIVE', 'REDUCING', 'HALTED', 'UNKNOWN']),
  controls: z.array(controlStateSchema),
  services: z.array(serviceViewSchema),
  runs: z.array(runViewSchema),
  markets: z.array(marketViewSchema),
  recon: z.array(reconViewSchema),
  counters: countersViewSchema,
});
export type Status = z.infer<typeof statusSchema>;
