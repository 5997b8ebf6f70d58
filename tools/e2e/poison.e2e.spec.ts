import { afterEach, describe, expect, test } from '@jest/globals';
import { connectBus, seedFileOf } from '@portcullis/bus';
import { RunningPlatform } from './running-platform.ts';

let platform: RunningPlatform;
afterEach(() => platform.remove());

/** Who may write what, so that the malformed bodies come from where real ones come. */
const writers: Readonly<Record<string, readonly string[]>> = {
  livyd: ['intent.main.sma-1', 'cancel.main.sma-1', 'hb.livyd.x'],
  riskd: ['verdict.main.sma-1', 'permit.main'],
  bridge: ['order.main.sma-1', 'recon.main.snapshot', 'hb.bridge.x'],
  collector: ['md.quote.venuesim.BTCUSDT'],
  operator: ['ctl.doc.clear'],
};
const bodies = [
  '',
  '{',
  'null',
  '{"version":99}',
  '{"__proto__":{"version":1}}',
  `{"version":1,"pad":"${'x'.repeat(100_000)}"}`,
];

describe('malformed messages on every subject (F17, S19)', () => {
  test('become dead letters that are counted, and their neighbours go on', async () => {
    platform = new RunningPlatform([]);
    const file = await platform.file();
    const before = await platform.trading();
    for (const [identity, subjects] of Object.entries(writers)) {
      const bus = await connectBus({
        servers: [file.natsUrl],
        identity,
        seedFile: seedFileOf(file.seedsDir, identity),
      });
      for (const subject of subjects) for (const body of bodies) bus.nats.publish(subject, body);
      await bus.nats.flush();
      await bus.close();
    }
    const stored = Object.values(writers).flat().length * bodies.length;
    const after = await platform.until('the dead letters and new trading', async () => {
      const now = await platform.progress();
      return now !== undefined &&
        now.deadLetters >= stored &&
        now.submitted > before.submitted &&
        now.marketEvents > before.marketEvents
        ? now
        : undefined;
    });
    process.stdout.write(`poison: ${stored} malformed messages, ${after.deadLetters} dead letters\n`);
    platform.interrupt();
    const { summary } = await platform.end();
    expect(summary).toMatchObject({
      venueOrdersWithoutVerdict: 0,
      venueOrdersTwice: 0,
      unresolved: 0,
      positionBreaks: 0,
    });
  }, 180_000);
});
