import type { Logger } from '@nestjs/common';
import { UserError } from '@portcullis/config';
import type { VenueConfig } from '../collector.config.ts';
import type { FeedParts, VenueSource } from './venue-feed.ts';

export function ccxtSource(_config: VenueConfig, id: string, _parts: FeedParts, _logger: Logger): VenueSource {
  throw new UserError(`ccxt ${id} is not there yet`, 'use a native dialect');
}
