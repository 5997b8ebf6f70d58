import { checkConfig, serviceConfigFields, UserError } from '@portcullis/config';
import { instrumentDefinitionSchema, token } from '@portcullis/contracts';
import { describeInputError } from '@portcullis/kernel';
import { type InstrumentRules, instrumentRules } from '@portcullis/market';
import { z } from 'zod';

export const collectorConfigSchema = z.strictObject({
  ...serviceConfigFields,
  /** Name of the venue in subjects and instrument ids. */
  venue: token,
  /** How the venue speaks. */
  dialect: z.literal('binance-spot'),
  /** Where REST snapshots come from, for example `https://api.binance.com`. */
  restUrl: z.url({ protocol: /^https?$/ }),
  /** The combined stream, for example `wss://stream.binance.com:9443/stream`. */
  wsUrl: z.url({ protocol: /^wss?$/ }),
  /** Without a frame for this many milliseconds the connection counts as dead. */
  staleMs: z.int().min(100).max(600_000).default(10_000),
  instruments: z.array(instrumentDefinitionSchema).min(1).max(100),
});
export type CollectorConfig = z.infer<typeof collectorConfigSchema>;

/** Exact rules of every configured instrument. Throws a {@link UserError} naming the field that is wrong. */
export function rulesOf(config: CollectorConfig): InstrumentRules[] {
  const { venue, instruments } = checkConfig(collectorConfigSchema, config, 'the collector');
  return instruments.map((definition, index) => {
    if (definition.venue !== venue) {
      throw new UserError(
        `instruments.${index}.venue is ${definition.venue}, but venue is ${venue}`,
        'run one collector per venue',
      );
    }
    const rules = instrumentRules(definition);
    if (rules.ok) return rules.value;
    throw new UserError(
      `instruments.${index}: ${describeInputError(rules.error)}`,
      'correct the definition of the instrument',
    );
  });
}
