import 'reflect-metadata';
import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { connectBus } from '@portcullis/bus';
import { UserError, loadConfig, parseServiceArguments, runMain } from '@portcullis/config';
import { addHealthRoutes, jsonLogger } from '@portcullis/telemetry';
import { AppModule, type Parts } from './app.module.ts';
import { busMarketSource } from './inbound/flow/bus-market-source.ts';
import type { VenueLog } from './inbound/http-server.ts';
import { venueMetrics } from './outbound/metrics.ts';
import { startVenue } from './venue.ts';
import { type VenuesimConfig, venuesimConfigSchema } from './venuesim.config.ts';

runMain(async (argv) => {
  const config = loadConfig(venuesimConfigSchema, parseServiceArguments(argv).config);
  const logger = jsonLogger('venuesim');
  const parts = await start(config, logger);
  const { app, healthPort } = await host(config, parts, logger);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void app.close().finally(() => process.exit(0));
    });
  }
  const { url, port } = parts.venue;
  process.stdout.write(`${JSON.stringify({ ready: 'venuesim', instance: config.instance, url, port, healthPort })}\n`);
});

async function start(config: VenuesimConfig, logger: LoggerService): Promise<Parts> {
  const { instance } = config;
  const log: VenueLog = {
    log: (message, detail) => void logger.log(detail === undefined ? message : { message, ...detail }),
    warn: (message, detail) => void logger.warn(detail === undefined ? message : { message, ...detail }),
  };
  if (config.bus === undefined) return { instance, bus: null, venue: await startVenue(config, { log }) };
  const { servers, seedFile } = config.bus;
  const bus = await connectBus({ servers, seedFile, identity: 'venuesim' });
  const malformed = (subject: string): void => log.warn('a market event does not parse', { subject });
  const liveSource = (instrument: { venue: string; symbol: string }) => busMarketSource(bus, instrument, malformed);
  return { instance, bus, venue: await startVenue(config, { log, liveSource }) };
}

/** Nest around the parts, with health and metrics where a port is configured. */
async function host(
  config: VenuesimConfig,
  parts: Parts,
  logger: LoggerService,
): Promise<{ app: INestApplicationContext; healthPort: number | undefined }> {
  const module = AppModule.of(parts);
  if (config.healthPort === undefined) {
    return { app: await NestFactory.createApplicationContext(module, { logger }), healthPort: undefined };
  }
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger });
  addHealthRoutes(app.getHttpAdapter().getInstance(), parts.venue, venueMetrics(parts.venue.counters));
  try {
    await app.listen(config.healthPort, config.host);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new UserError(
      `healthPort ${config.healthPort} of ${config.host} cannot be used (${code})`,
      'choose another port, or 0 for a free one',
      { cause },
    );
  }
  const address = app.getHttpServer().address();
  return { app, healthPort: typeof address === 'object' && address !== null ? address.port : config.healthPort };
}
