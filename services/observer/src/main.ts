import 'reflect-metadata';
import { loadConfig, parseServiceArguments, runMain } from '@portcullis/config';
import { observerConfigSchema } from './observer.config.ts';
import { startObserver } from './observer.ts';

runMain(async (argv) => {
  const { config } = parseServiceArguments(argv);
  const observer = await startObserver(loadConfig(observerConfigSchema, config));
  const stop = (): void => void observer.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
});
