import 'reflect-metadata';
import { loadConfig, parseServiceArguments, runMain } from '@portcullis/config';
import { startStrategyd } from './app.module.ts';
import { strategydConfigSchema } from './strategyd.config.ts';

runMain(async (argv) => {
  const { app, port } = await startStrategyd(loadConfig(strategydConfigSchema, parseServiceArguments(argv).config));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void app.close().then(() => process.exit(0));
    });
  }
  process.stdout.write(`${JSON.stringify({ ready: 'strategyd', port })}\n`);
});
