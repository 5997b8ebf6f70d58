import 'reflect-metadata';
import { loadConfig, parseServiceArguments, runMain } from '@portcullis/config';
import { startCollector } from './app.module.ts';
import { collectorConfigSchema } from './collector.config.ts';

runMain(async (argv) => {
  const app = await startCollector(loadConfig(collectorConfigSchema, parseServiceArguments(argv).config));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void app.close().then(() => process.exit(0)));
  }
});
