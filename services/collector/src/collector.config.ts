import { checkConfig, serviceConfigFields, UserError } from '@portcullis/config';
import { instrumentDefinitionSchema, token, venueSymbol } from '@portcullis/contracts';
import { describeInputError } from '@portcullis/kernel';
import { DATA_STREAMS, instrumentRules } from '@portcullis/market';
import { DIALECT_NAMES } from '@portcullis/venues/market';
import { z } from 'zod';

/** Instruments of one collector: each costs memory for its book and a share of the one thread. */
export const INSTRUMENTS_MAX = 1000;

const venueSchema = z.strictObject({
  /** Name of the venue in subjects, instrument ids and the archive. */
  venue: token,
  /** How the venue speaks; `{"ccxt": "<exchange id>"}` for one without a native stream here. */
  dialect: z.union([z.enum(DIALECT_NAMES), z.strictObject({ ccxt: z.string().regex(/^[a-z0-9]{1,40}$/) })]),
  /** Where REST is, for example `https://api.binance.com`; left out: the venue's public address. */
  restUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** For example `wss://stream.binance.com:9443/stream`; left out: the venue's public address. */
  wsUrl: z.url({ protocol: /^wss?$/ }).optional(),
  /** What to collect of each instrument; left out: quotes, trades and the book. */
  streams: z
    .array(z.enum(DATA_STREAMS))
    .min(1)
    .default(['quote', 'trade', 'book'])
    .refine((streams) => new Set(streams).size === streams.length, 'expected each stream once'),
  /** Without a frame for this many milliseconds a connection counts as dead. */
  staleMs: z.int().min(100).max(600_000).default(10_000),
  /** Symbols as the venue spells them, or whole definitions (of which the collector needs the symbol alone). */
  instruments: z.array(z.union([venueSymbol, instrumentDefinitionSchema])).max(INSTRUMENTS_MAX),
});

const archiveSchema = z.strictObject({
  /** `file:///path` or `s3://bucket/prefix`. */
  store: z.string().min(1),
  /** Local folder in which events wait until they are in the store. One collector per folder. */
  spoolDir: z.string().min(1),
  /** Bytes that may wait there while the store is away; beyond them events are given up, counted and told as gaps. */
  spoolBytesMax: z
    .int()
    .min(1024 * 1024)
    .default(4 * 1024 * 1024 * 1024),
  /** A segment is closed after so many seconds, or rows. */
  segmentSeconds: z.int().min(1).max(3600).default(60),
  segmentRowsMax: z.int().min(1000).max(10_000_000).default(500_000),
  /** Minutes after midnight UTC at which yesterday is compacted; null: never here. */
  compactAfterMinutes: z.int().min(1).max(1380).nullable().default(30),
});
export type ArchiveConfig = z.infer<typeof archiveSchema>;

const rawCaptureSchema = z.strictObject({
  dir: z.string().min(1),
  /** A new file is begun after so many bytes of frames, or minutes. */
  bytesMax: z
    .int()
    .min(1024)
    .default(1024 * 1024 * 1024),
  minutesMax: z.int().min(1).max(1440).default(60),
});
export type RawCaptureConfig = z.infer<typeof rawCaptureSchema>;

export const collectorConfigSchema = z.strictObject({
  ...serviceConfigFields,
  /** Left out: nothing is published, only collected. */
  bus: serviceConfigFields.bus.optional(),
  venues: z.array(venueSchema).min(1).max(50),
  /** Left out: nothing is kept. */
  archive: archiveSchema.optional(),
  /** Frames as they came, in gzipped files of `<received, ns> <frame>` that `portcullis data check` reads. */
  rawCapture: rawCaptureSchema.optional(),
});
export type CollectorConfig = z.infer<typeof collectorConfigSchema>;
export type VenueConfig = CollectorConfig['venues'][number];

/** The symbols of a venue, each once. */
export function symbolsOf({ instruments }: VenueConfig): string[] {
  return [
    ...new Set(instruments.map((instrument) => (typeof instrument === 'string' ? instrument : instrument.symbol))),
  ];
}

/** What the schema cannot say. Throws a {@link UserError} naming the field that is wrong. */
export function checkCollectorConfig(input: unknown): CollectorConfig {
  const config = checkConfig(collectorConfigSchema, input, 'the collector');
  const names = config.venues.map(({ venue }) => venue);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new UserError(`two venues are called ${twice}`, 'give each a name of its own');
  const count = config.venues.reduce((sum, venue) => sum + symbolsOf(venue).length, 0);
  if (count > INSTRUMENTS_MAX) {
    throw new UserError(`${count} instruments are too many for one collector (${INSTRUMENTS_MAX})`, 'run several');
  }
  for (const [at, venue] of config.venues.entries()) checkVenue(venue, `venues.${at}`);
  return config;
}

function checkVenue({ venue, instruments }: VenueConfig, path: string): void {
  for (const [at, instrument] of instruments.entries()) {
    if (typeof instrument === 'string') continue;
    const field = `${path}.instruments.${at}`;
    if (instrument.venue !== venue) {
      throw new UserError(`${field}.venue is ${instrument.venue}, but venue is ${venue}`, 'correct one of the two');
    }
    const rules = instrumentRules(instrument);
    if (rules.ok) continue;
    throw new UserError(`${field}: ${describeInputError(rules.error)}`, 'correct the definition of the instrument');
  }
}
