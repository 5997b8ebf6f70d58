import { token } from '@portcullis/contracts';
import { z } from 'zod';

/** The part of its configuration that every service has. Spread it into a service's own strict object. */
export const serviceConfigFields = {
  /** Tells two instances of one service apart in heartbeats and logs. */
  instance: token,
  /** Address that ports bind to. */
  host: z.string().default('127.0.0.1'),
  /** Port of `/health/*` and `/metrics`; 0 takes a free one. */
  healthPort: z.int().min(0).max(65_535),
  bus: z.strictObject({
    servers: z.array(z.string().min(1)).min(1),
    /** File with the nkey seed of the service's identity. */
    seedFile: z.string().min(1),
  }),
};
