import { z } from 'zod';

/** An exact decimal as a plain string: no exponent, no `+`, no leading zeros. */
export const decimalString = z
  .string()
  .max(64)
  .regex(/^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/);

/** A decimal above or equal to zero. */
export const unsignedDecimalString = z
  .string()
  .max(64)
  .regex(/^(0|[1-9][0-9]*)(\.[0-9]+)?$/);

/** Microseconds since the Unix epoch. */
export const epochMicros = z.int().min(0);

/** One token of a subject: services, accounts, runs, strategies, venues. */
export const token = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

/** The venue's spelling of an instrument, as one token of a subject. */
export const venueSymbol = z.string().regex(/^[A-Za-z0-9_/:-]{1,64}$/);

/** `<symbol>.<venue>`, for example `BTCUSDT.venuesim`. */
export const instrumentId = z.string().regex(/^[A-Za-z0-9_/:-]{1,64}\.[A-Za-z0-9_-]{1,64}$/);

/** A SHA-256 in lower-case hexadecimal. */
export const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** A derived id: 32 hex digits. */
export const derivedIdString = z.string().regex(/^[0-9a-f]{32}$/);

/** At most 28 characters of `[0-9a-z]`, never starting with `t`: what every venue accepts. */
export const clientOrderIdString = z.string().regex(/^[0-9a-su-z][0-9a-z]{0,27}$/);

/** An Ed25519 signature in base64url. */
export const signatureString = z.string().min(1).max(128);

/** The first 16 hex digits of the SHA-256 of a public key. */
export const keyIdString = z.string().min(1).max(64);

export const sideSchema = z.enum(['buy', 'sell']);
export type Side = z.infer<typeof sideSchema>;

export const orderTypeSchema = z.enum(['limit', 'market', 'stop-limit']);
export type OrderType = z.infer<typeof orderTypeSchema>;

export const timeInForceSchema = z.enum(['GTC', 'IOC', 'FOK']);
export type TimeInForce = z.infer<typeof timeInForceSchema>;

/** Who wanted an order: a strategy's run, the gate itself (protective exits), a person. */
export const originSchema = z.enum(['run', 'gate', 'person']);
export type Origin = z.infer<typeof originSchema>;

export const tradingStateSchema = z.enum(['ACTIVE', 'REDUCING', 'HALTED']);
export type TradingState = z.infer<typeof tradingStateSchema>;

/** The journal head of the writer when it wrote a message: causality between journals. */
export const journalHead = z.strictObject({ seq: z.int().min(0), hash: digest });
export type JournalHead = z.infer<typeof journalHead>;
