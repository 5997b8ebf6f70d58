import { instrumentDefinitionSchema, token } from '@portcullis/contracts';
import { serviceConfigFields } from '@portcullis/config';
import { z } from 'zod';

/** observer's configuration. `healthPort` serves everything: the page, the API, health and metrics. */
export const observerConfigSchema = z.strictObject({
  ...serviceConfigFields,
  /** Accounts whose control state is read at start. */
  accounts: z.array(token).min(1).max(100),
  /** Rules of the instruments whose positions are shown; fills of others are counted as unread. */
  instruments: z.array(instrumentDefinitionSchema).max(500),
});
export type ObserverConfig = z.infer<typeof observerConfigSchema>;
