import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { UserError, loadConfig, parseServiceArguments, runMain } from '@portcullis/config';
import { addHealthRoutes, jsonLogger } from '@portcullis/telemetry';
import { AppModule, VENUE } from './app.module.ts';
import { venueMetrics } from './outbound/metrics.ts';
import type { Venue } from './venue.ts';
import { venuesimConfigSchema } from './venuesim.config.ts';

runMain(async (argv) => {
  const config = loadConfig(venuesimConfigSchema, parseServiceArguments(argv).config);
  const logger = jsonLogger('venuesim');
  const module = AppModule.of(config, logger);
  const options = { logger, abortOnError: false };
  let app: INestApplicationContext;
  let healthPort: number | undefined;
  if (config.healthPort === undefined) {
    app = await NestFactory.createApplicationContext(module, options);
  } else {
    const http = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), options);
    const health: Venue = http.get(VENUE);
    addHealthRoutes(http.getHttpAdapter().getInstance(), health, venueMetrics(health.counters));
    healthPort = await listen(http, config.healthPort, config.host);
    app = http;
  }
  const venue: Venue = app.get(VENUE);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void app.close().finally(() => process.exit(0));
    });
  }
  const ready = { ready: 'venuesim', instance: config.instance, url: venue.url, port: venue.port, healthPort };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
});

async function listen(app: NestFastifyApplication, port: number, host: string): Promise<number> {
  try {
    await app.listen(port, host);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    await app.close();
    throw new UserError(`health port ${port} of ${host} cannot be used (${code})`, 'choose another healthPort, or 0 for a free one', { cause });
  }
  const address = app.getHttpServer().address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
