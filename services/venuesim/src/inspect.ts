import { parseArgs } from 'node:util';
import { UserError, runMain } from '@portcullis/config';
import { type CaptureScan, PRESCAN_LINES, inspectCapture } from './inbound/flow/inspect-capture.ts';

// node dist/inspect.js FILE [--quick] [--venue NAME]: tells as one JSON object what a capture holds.

const USAGE = 'usage: inspect FILE [--quick] [--venue NAME] [--verbose]';

runMain(async (argv) => {
  const { file, quick, venue } = argumentsOf(argv);
  const scan: CaptureScan = await inspectCapture(file, {
    venue,
    ...(quick ? { linesMax: PRESCAN_LINES } : {}),
  });
  const { snapshot, ...summary } = scan;
  process.stdout.write(`${JSON.stringify({ ...summary, hasSnapshot: snapshot !== undefined })}\n`);
});

function argumentsOf(argv: readonly string[]): { file: string; quick: boolean; venue: string } {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        quick: { type: 'boolean', default: false },
        venue: { type: 'string', default: 'venuesim' },
        verbose: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const [file, ...others] = positionals;
    if (file === undefined || others.length > 0) throw new Error('give one capture file');
    return { file, quick: values.quick, venue: values.venue };
  } catch (cause) {
    throw new UserError((cause as Error).message, USAGE, { cause });
  }
}
