import { join } from 'node:path';
import { boundsOf, compactAll } from '@portcullis/archive';
import { dateString, token } from '@portcullis/contracts';
import { openObjectStore } from '@portcullis/objects';
import { z } from 'zod';

/** Version of the program that wrote a file, as it stands in manifests. */
const CODE = 'collector-0.1.0';

const taskSchema = z.strictObject({
  store: z.string(),
  spoolDir: z.string(),
  venues: z.array(token),
  date: dateString,
});

/** Compacts one day of some venues and prints what was done as one JSON line; throws when a partition failed. `text`: the task as JSON. */
export async function compactOneDay(text: string): Promise<void> {
  const { store: url, spoolDir, venues, date } = taskSchema.parse(JSON.parse(text));
  const store = openObjectStore(url);
  const { from, to } = boundsOf(date);
  const { days, failures } = await compactAll(
    store,
    { venues, from, to },
    {
      code: CODE,
      tmpDir: join(spoolDir, 'compact'),
    },
  );
  await store.close();
  process.stdout.write(`${JSON.stringify({ date, partitions: days.length, failures })}\n`);
  if (failures.length > 0) throw new Error(`${failures.length} partitions: ${failures[0]?.detail ?? ''}`);
}
