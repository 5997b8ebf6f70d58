// Appends events to a spool until it is killed; says how many.
import { openObjectStore } from '@portcullis/objects';
import { ArchiveWriter } from '../src/index.ts';
import { eventOf, VENUE } from './write-fixture.ts';

const [, , url = '', spoolDir = '', first = '0'] = process.argv;
const writer = await ArchiveWriter.open({ store: openObjectStore(url), spoolDir, code: 'test', segmentRowsMax: 300 });
let index = Number(first);
const more = (): void => {
  for (let count = 0; count < 20; count++) {
    writer.append(VENUE, eventOf(index % 2 === 0 ? 'trade' : 'delta', index));
    index += 1;
  }
  process.stdout.write(`${index}\n`);
  setTimeout(more, 5);
};
more();
