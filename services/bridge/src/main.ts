import 'reflect-metadata';
import { loadConfig, parseServiceArguments, runMain } from '@portcullis/config';
import { bridgeConfigSchema } from './bridge.config.ts';
import { serve } from './serve.ts';

/** What is not done by then is redone from the journal at the next start. */
const STOP_MS_MAX = 4500;

runMain(async (argv) => {
  const { config } = parseServiceArguments(argv);
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      stop.abort();
      setTimeout(() => process.exit(0), STOP_MS_MAX).unref();
    });
  }
  await serve(loadConfig(bridgeConfigSchema, config), { signal: stop.signal });
});
