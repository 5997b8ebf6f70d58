import 'reflect-metadata';
import { loadConfig, parseServiceArguments, runMain } from '@portcullis/config';
import { startLivyd } from './app.module.ts';
import { livydConfigSchema } from './livyd.config.ts';

runMain(async (argv) => {
  const app = await startLivyd(loadConfig(livydConfigSchema, parseServiceArguments(argv).config));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void app.close().then(() => process.exit(0)));
  }
});
