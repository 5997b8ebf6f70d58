import { wallMicros } from '@portcullis/config';
import type { Status } from '@portcullis/contracts';
import type { ObserverConfig } from '../observer.config.ts';
import { Projection } from './projection.ts';
import { StreamOrder } from './stream-order.ts';

/** What observer holds in memory: the projection, and how far each stream has been read. */
export class Watch {
  readonly startedAt = wallMicros();
  readonly projection: Projection;
  readonly order = new StreamOrder();

  constructor(config: Pick<ObserverConfig, 'instruments'>) {
    this.projection = new Projection(config.instruments, this.startedAt);
  }

  status(): Status {
    return this.projection.status(wallMicros(), this.order.lost);
  }
}
