import type { DialectName } from '@portcullis/venues/market';
import type { Importer } from '../run/importer.ts';
import { SequenceByTime } from '../run/importer.ts';
import { openCaptures } from './check-captures.ts';
import { CapturePlay } from './play.ts';

export interface CaptureImport {
  readonly dialect: DialectName;
  readonly files: readonly string[];
  /** Only these; all that appear when left out. */
  readonly symbols?: readonly string[];
}

/** Imports captured frames through the venue's normalizer: the events that a collector would have made of them. */
export function captureImporter({ dialect, files, symbols }: CaptureImport): Importer {
  return async (context) => {
    const captures = await openCaptures(files);
    const numbers = new SequenceByTime();
    const play = new CapturePlay({
      dialect,
      findings: context.findings,
      allQuotes: false,
      ...(symbols === undefined ? {} : { symbols }),
      onBytes: ({ path }, bytes) => context.onBytes(path, bytes),
      onDropped: ({ why, stream }, symbol, at) => context.dropped({ why, stream, symbol, at }),
      settle: () => context.settle(),
      onEvent: (event, receivedMicros) => {
        context.emit({ ...event, seq: numbers.next(event.symbol, receivedMicros), tsInit: receivedMicros });
      },
    });
    await play.run(captures);
    // One capture is one unit: its book hangs together over all its files.
    await context.endOfFile();
  };
}
