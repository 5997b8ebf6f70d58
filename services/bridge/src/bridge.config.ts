import {
  UserError,
  pinnedKeyring,
  publicKeyField,
  readSecretFile,
  serviceConfigFields,
  type Secret,
} from '@portcullis/config';
import { instrumentDefinitionSchema, token } from '@portcullis/contracts';
import { BRIDGE_TIMING, type BridgeConfig as CoreConfig } from '@portcullis/execution';
import { MICROS_PER_MS, describeInputError } from '@portcullis/kernel';
import { type InstrumentRules, instrumentRules } from '@portcullis/market';
import { z } from 'zod';

/** Everything that the bridge is told. One bridge per account. */
export const bridgeConfigSchema = z.strictObject({
  ...serviceConfigFields,
  account: token,
  /** Name of the venue in our messages. */
  venue: token,
  /** How the venue is spoken to. */
  dialect: z.literal('binance-spot').default('binance-spot'),
  /** Where REST goes, for a venue that speaks the dialect elsewhere; the dialect's own venue when absent. */
  restUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** The ws-api of the private stream, for example `ws://127.0.0.1:9000/ws-api/v3`. */
  wsApiUrl: z.url({ protocol: /^wss?$/ }).optional(),
  /** Files with the venue's key and its secret. */
  apiKeyFile: z.string().min(1),
  apiSecretFile: z.string().min(1),
  instruments: z.array(instrumentDefinitionSchema).min(1).max(1000),
  /** Raw Ed25519 public keys in base64url: whose verdicts and permits are believed. */
  gateKeys: z.array(publicKeyField).min(1).max(10),
  /** The same of people whose clear documents count, two at a time. */
  approvers: z.array(publicKeyField).max(100).default([]),
  /** Folder of the journal and of what belongs to it. A file `KILL` in it stops everything. */
  dataDir: z.string().min(1),
  /** File with the bearer token of `POST /kill`; without it there is no such route. */
  killTokenFile: z.string().min(1).optional(),
  /** Life of the lease without renewal, milliseconds: how long a successor waits after a crash. */
  leaseTtlMs: z.int().min(1000).max(60_000).default(3000),
  /** How long the venue may accept a request after it was signed, milliseconds. */
  recvWindowMs: z
    .int()
    .min(100)
    .max(10_000)
    .default(BRIDGE_TIMING.recvWindowMicros / MICROS_PER_MS),
  /** How long an answer of the venue is waited for, milliseconds. */
  requestTimeoutMs: z.int().min(100).max(60_000).default(10_000),
  /** Added to the receive window before a negative look-up counts, milliseconds. */
  lookupMarginMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(BRIDGE_TIMING.lookupMarginMicros / MICROS_PER_MS),
});
export type BridgeServiceConfig = z.infer<typeof bridgeConfigSchema>;

/** What the core is made with. Throws {@link UserError} for rules or keys that are none. */
export function coreConfigOf(config: BridgeServiceConfig): CoreConfig {
  const { account, venue, instance } = config;
  return {
    account,
    venue,
    instance,
    instruments: config.instruments.map((definition, index) => rulesOf(definition, index, venue)),
    gateKeys: pinnedKeyring(config.gateKeys, 'gateKeys'),
    approverKeys: pinnedKeyring(config.approvers, 'approvers'),
    timing: {
      ...BRIDGE_TIMING,
      recvWindowMicros: config.recvWindowMs * MICROS_PER_MS,
      lookupMarginMicros: config.lookupMarginMs * MICROS_PER_MS,
    },
  };
}

function rulesOf(
  definition: BridgeServiceConfig['instruments'][number],
  index: number,
  venue: string,
): InstrumentRules {
  const rules = instrumentRules(definition);
  if (!rules.ok) {
    throw new UserError(`instruments.${index}: ${describeInputError(rules.error)}`, 'correct the named field');
  }
  if (definition.venue !== venue) {
    throw new UserError(
      `instruments.${index}.venue is ${JSON.stringify(definition.venue)}, this bridge is at ${venue}`,
      'correct the named field',
    );
  }
  return rules.value;
}

/** What opens the account, read from its files. */
export interface VenueKeys {
  readonly apiKey: Secret;
  readonly secret: Secret;
}

export function venueKeysOf({ apiKeyFile, apiSecretFile }: BridgeServiceConfig): VenueKeys {
  return {
    apiKey: readSecretFile(apiKeyFile, "venue's API key"),
    secret: readSecretFile(apiSecretFile, "venue's API secret"),
  };
}
