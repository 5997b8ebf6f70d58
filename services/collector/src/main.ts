import 'reflect-metadata';
import { parseServiceArguments, runMain } from '@portcullis/config';
import { startCollector } from './app.module.ts';
import { ConfigFile } from './inbound/config-file.ts';
import { compactOneDay } from './outbound/compact-day.ts';
import { statusOf } from './outbound/status.ts';

runMain(async ([command, ...rest]) => {
  // The daily compaction is a process of its own, started by the service.
  if (command === 'compact') return compactOneDay(rest[0] ?? '');
  return serve(command === undefined ? [] : [command, ...rest]);
});

async function serve(argv: readonly string[]): Promise<void> {
  const file = new ConfigFile(parseServiceArguments(argv).config);
  const { app, collector, port } = await startCollector(file.read(), file);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void app.close().then(() => {
        process.stdout.write(`${JSON.stringify({ stopped: 'collector', ...statusOf(collector) })}\n`);
        process.exit(0);
      });
    });
  }
  process.stdout.write(`${JSON.stringify({ ready: 'collector', port })}\n`);
}
