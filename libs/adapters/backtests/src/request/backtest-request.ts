import { gateLimitsSchema, instrumentDefinitionSchema, MARKET_KINDS, token, venueSymbol } from '@portcullis/contracts';
import { FILL_MODELS, QUEUE_MODELS } from '@portcullis/fills';
import { ORDERINGS } from '@portcullis/replay';
import { ERROR_POLICIES } from '@portcullis/run';
import { z } from 'zod';

const wholeMicros = z.int().min(0).max(86_400_000_000);
const decimal = (pattern: RegExp, expected: string) => z.string().max(64).regex(pattern, expected);
const fraction = decimal(
  /^(0(\.\d{1,6})?|1(\.0{1,6})?)$/,
  'expected a fraction from "0" to "1" with at most 6 digits after the point',
);
const rate = decimal(
  /^-?0(\.\d{1,8})?$/,
  'expected a fraction of the value such as "0.001", at most 8 digits after the point',
);
const amount = decimal(/^\d{1,30}(\.\d{1,12})?$/, 'expected an amount such as "10000" or "0.5"');
const currency = z.string().regex(/^[A-Za-z0-9_-]{1,16}$/, 'expected a currency such as "USDT"');

/** What returns are shares of where balances are unlimited and the request says nothing. */
export const CAPITAL = '100000';

/** What of a store is replayed. What is absent narrows nothing; `from` and `to` in microseconds, `[from, to)`. */
export const dataRequestSchema = z.strictObject({
  /** `file:///folder`, `file://./folder` or `s3://bucket/prefix`. */
  url: z.string().min(1).max(2000),
  venues: z.array(token).min(1).max(100).optional(),
  symbols: z.array(venueSymbol).min(1).max(1000).optional(),
  /** Decided by the fill model and what there is where absent: see `kindsFor`. */
  kinds: z.array(z.enum(MARKET_KINDS)).min(1).optional(),
  from: z.int().min(0).optional(),
  to: z.int().min(0).optional(),
  /** Leaves out windows of the quality ledger below it; a gap stands for each stretch. Absent: everything is read. */
  quality: z.enum(['GOOD', 'DEGRADED']).optional(),
});
export type DataRequest = z.infer<typeof dataRequestSchema>;

const feeTier = z.strictObject({
  /** 30-day volume in quote currency from which it holds. */
  volumeFrom: amount,
  maker: rate,
  taker: rate,
});

const slippage = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('basis-points'), basisPoints: z.int().min(0).max(10_000) }),
  z.strictObject({ kind: z.literal('ticks'), ticks: z.int().min(0).max(1_000_000) }),
  z.strictObject({ kind: z.literal('square-root'), coefficientBps: z.int().min(0).max(100_000) }),
]);

const latencySchema = z.strictObject({
  feedMicros: wholeMicros.default(0),
  orderMicros: wholeMicros.default(0),
  cancelMicros: wholeMicros.default(0),
  answerMicros: wholeMicros.default(0),
  jitterMicros: wholeMicros.default(0),
});

/**
 * One backtest as it is asked for: plain JSON, by the command line, HTTP and the work queue alike. Everything but the
 * strategy, the data and the fill model has a default; `prepareBacktest` fills in what the data decides.
 */
export const backtestRequestSchema = z.strictObject({
  /** A name of the catalogue, or the path of a strategy file (`./mine.ts`). */
  strategy: z.string().min(1).max(1000),
  parameters: z.record(z.string().max(100), z.json()).default({}),
  data: dataRequestSchema,
  /** Inferred from the data where absent, which the manifest of the run says. */
  instruments: z.array(instrumentDefinitionSchema).min(1).max(1000).optional(),
  fill: z.enum(FILL_MODELS),
  latency: latencySchema.prefault({}),
  slippage: slippage.default({ kind: 'none' }),
  queue: z.enum(QUEUE_MODELS).default('back'),
  /** Share of what trades that our orders can have at most; "0": no bound. */
  participation: fraction.default('0'),
  contract: z.enum(['spot', 'linear']).default('spot'),
  fees: z
    .array(feeTier)
    .min(1)
    .max(100)
    .default([{ volumeFrom: '0', maker: '0', taker: '0' }]),
  feeCurrency: z.enum(['quote', 'received']).default('quote'),
  /** Share of a position's value that a linear perpetual has to be backed with; "1" without leverage. */
  initialMargin: fraction.default('1'),
  maintenanceMargin: fraction.default('0.5'),
  account: z
    .strictObject({
      /** What equity and profit are reported in; the quote currency of the first instrument where absent. */
      currency: currency.optional(),
      balances: z.union([z.literal('unlimited'), z.record(currency, amount)]).default('unlimited'),
      /**
       * With unlimited balances: the money, of that currency, that returns and drawdowns are shares of; nothing enforces
       * it. Absent: {@link CAPITAL}. "0": there are none.
       */
      capital: amount.optional(),
    })
    .prefault({}),
  /** Of the gate. Absent: the limits of the lab, which are generous and complete. */
  limits: gateLimitsSchema.optional(),
  ordering: z.enum(ORDERINGS).default('STRICT'),
  errorPolicy: z.enum(ERROR_POLICIES).default('FAIL_FAST'),
  errorsMax: z.int().min(0).max(1_000_000).default(100),
  /** Life of an intent in microseconds. */
  expiryMicros: z.int().min(1).max(86_400_000_000).default(60_000_000),
  seed: z.string().max(100).default('0'),
});

/** A checked request with its defaults. */
export type BacktestRequest = z.output<typeof backtestRequestSchema>;
/** A request as it may be written. */
export type BacktestRequestInput = z.input<typeof backtestRequestSchema>;
