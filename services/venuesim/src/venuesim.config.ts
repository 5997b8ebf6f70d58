import { serviceConfigFields } from '@portcullis/config';
import { instrumentDefinitionSchema, token, unsignedDecimalString, venueSymbol } from '@portcullis/contracts';
import { z } from 'zod';
import { PREVENTION_MODES } from './state/order.ts';

const keySchema = z
  .strictObject({
    /** What the ledger calls the key; the key itself is never written anywhere. */
    id: token,
    apiKey: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'expected letters, digits, - and _'),
    /** The secret, or the file that holds it. */
    secret: z.string().min(1).optional(),
    secretFile: z.string().min(1).optional(),
    permissions: z
      .array(z.enum(['read', 'trade']))
      .min(1)
      .default(['read', 'trade']),
  })
  .refine((key) => (key.secret === undefined) !== (key.secretFile === undefined), {
    // The complaint shows the value at its path, which must not be the secret.
    path: ['secretFile'],
    message: 'expected either secretFile or secret',
  });

const accountSchema = z.strictObject({
  name: token,
  /** What the account is given when the ledger has not seen it yet, by asset. */
  balances: z.record(z.string().regex(/^[A-Z0-9]{1,16}$/), unsignedDecimalString),
  keys: z.array(keySchema).min(1),
});

const flowSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('generated'),
    seed: z.union([z.int(), z.string().min(1).max(64)]).default(1),
    /** Price at the first start; later starts go on from the last one. */
    startPrice: unsignedDecimalString.default('60000'),
    /** Rounds of the crowd a second: each is a handful of orders and cancels. */
    roundsPerSecond: z.int().min(1).max(1000).default(50),
    /** How far the price runs in a trend, in basis points a second. */
    trendBpsPerSecond: z.number().min(0).max(100).default(2),
  }),
  z.strictObject({
    kind: z.literal('recorded'),
    /** A gzipped capture: lines of `<ns> <frame>`. */
    file: z.string().min(1),
    speed: z.number().min(0.01).max(10_000).default(1),
    atEnd: z.enum(['stop', 'loop']).default('stop'),
  }),
  z.strictObject({
    kind: z.literal('live'),
    /** The venue and symbol whose `md.*` to follow on the bus. */
    venue: token,
    symbol: venueSymbol,
  }),
  /** An empty book that only the accounts fill. */
  z.strictObject({ kind: z.literal('none') }),
]);
export type FlowConfig = z.infer<typeof flowSchema>;
export type GeneratedFlowConfig = Extract<FlowConfig, { kind: 'generated' }>;
export type RecordedFlowConfig = Extract<FlowConfig, { kind: 'recorded' }>;

const marketSchema = z
  .strictObject({
    /** Left out, it is inferred from a recorded flow. */
    instrument: instrumentDefinitionSchema.optional(),
    flow: flowSchema,
  })
  .refine((market) => market.instrument !== undefined || market.flow.kind === 'recorded', {
    path: ['instrument'],
    message: 'expected an instrument (only a recorded flow says its own)',
  });
export type MarketConfig = z.infer<typeof marketSchema>;

const limitsSchema = z.strictObject({
  /** Request weight of one address a minute. */
  weightPerMinute: z.int().min(1).default(6000),
  /** New orders of one account. */
  ordersPer10Seconds: z.int().min(1).default(100),
  ordersPerDay: z.int().min(1).default(200_000),
  /** Requests refused for their weight in one minute after which the address is banned. */
  refusalsBeforeBan: z.int().min(1).default(100),
  banSeconds: z.int().min(1).default(120),
  /** Bytes that a slow websocket may be behind before it is dropped. */
  socketBufferBytesMax: z
    .int()
    .min(1024)
    .default(8 * 1024 * 1024),
  socketsMax: z.int().min(1).default(1000),
});

/** The configuration of the venue. What is left out has the default that is shown. */
export const venuesimConfigSchema = z
  .strictObject({
    ...serviceConfigFields,
    instance: serviceConfigFields.instance.default('venuesim-1'),
    /** Port of health and metrics; left out, they are not served. */
    healthPort: serviceConfigFields.healthPort.optional(),
    /** Needed for a live flow and for heartbeats. */
    bus: serviceConfigFields.bus.optional(),
    /** Port of the dialect; 0 takes a free one, which the line on standard output tells. */
    port: z.int().min(0).max(65_535).default(0),
    /** Folder of the order ledger. A venue that finds one goes on from it. */
    ledgerDir: z.string().min(1),
    accounts: z.array(accountSchema).min(1).max(1000),
    markets: z.array(marketSchema).min(1).max(100),
    fees: z
      .strictObject({ makerBps: z.int().min(0).max(1000), takerBps: z.int().min(0).max(1000) })
      .default({ makerBps: 10, takerBps: 10 }),
    selfTradePrevention: z.enum(PREVENTION_MODES).default('EXPIRE_MAKER'),
    limits: limitsSchema.default(limitsSchema.parse({})),
    /** Whether `/sim/faults` may break things. */
    faults: z.boolean().default(false),
    /** Keeps every market frame of these streams of each market in files, for tests that compare. */
    record: z
      .strictObject({
        dir: z.string().min(1),
        streams: z
          .array(z.enum(['trade', 'aggTrade', 'bookTicker', 'depth@100ms', 'depth']))
          .min(1)
          .default(['trade', 'bookTicker', 'depth@100ms']),
      })
      .optional(),
  })
  .superRefine((config, context) => {
    const twice = (values: readonly string[], path: string): void => {
      const seen = new Set<string>();
      for (const value of values) {
        if (seen.has(value)) {
          context.addIssue({ code: 'custom', path: [path], message: `expected different names, found ${value} twice` });
        }
        seen.add(value);
      }
    };
    twice(
      config.accounts.map((account) => account.name),
      'accounts',
    );
    twice(
      config.accounts.flatMap((account) => account.keys.map((key) => key.apiKey)),
      'accounts',
    );
    twice(
      config.markets.flatMap((market) => market.instrument?.symbol ?? []),
      'markets',
    );
    if (config.bus === undefined && config.markets.some((market) => market.flow.kind === 'live')) {
      context.addIssue({ code: 'custom', path: ['bus'], message: 'expected the bus, because a flow is live' });
    }
  });
export type VenuesimConfig = z.infer<typeof venuesimConfigSchema>;
/** What a configuration file holds: defaults may be left out. */
export type VenuesimConfigInput = z.input<typeof venuesimConfigSchema>;
export type VenueLimits = VenuesimConfig['limits'];
