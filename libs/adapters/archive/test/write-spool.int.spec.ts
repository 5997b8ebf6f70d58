import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { NumberedEvent } from '@portcullis/market';
import { type ObjectStore, ObjectStoreError } from '@portcullis/objects';
import { ArchiveWriter, type ArchiveWriterOptions, verifyArchive, type WriterTrouble } from '../src/index.ts';
import { faultyStore } from './faulty-store.ts';
import { archivedRows, eventOf, linesOf, sortedLines, testPlace, VENUE } from './write-fixture.ts';

const removals: (() => void)[] = [];
const writers: ArchiveWriter[] = [];

afterEach(async () => {
  for (const writer of writers.splice(0)) await writer.abandon();
  for (const remove of removals.splice(0)) remove();
});

const place = (): ReturnType<typeof testPlace> => {
  const made = testPlace();
  removals.push(made.remove);
  return made;
};

async function open(options: Omit<ArchiveWriterOptions, 'code'>): Promise<ArchiveWriter> {
  const writer = await ArchiveWriter.open({ code: 'test', ...options });
  writers.push(writer);
  return writer;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

const events = Array.from({ length: 90 }, (_, index) => eventOf(index % 3 === 0 ? 'delta' : 'trade', index));
const rowsOf = async (store: ObjectStore, folder: string): Promise<string[]> =>
  sortedLines(await archivedRows(store, folder));
const logged = (spoolDir: string): number =>
  readdirSync(join(spoolDir, 'log')).reduce(
    (sum, name) =>
      sum +
      readFileSync(join(spoolDir, 'log', name), 'utf8')
        .split('\n')
        .filter((line) => line.includes('["e"')).length,
    0,
  );

async function crashed(writer: ArchiveWriter): Promise<void> {
  writers.splice(writers.indexOf(writer), 1);
  await writer.abandon();
}

async function recover(store: ObjectStore, folder: string, spoolDir: string): Promise<ArchiveWriter> {
  const writer = await open({ store, spoolDir });
  expect(await writer.drain()).toMatchObject({ complete: true });
  expect((await verifyArchive(store, {}, { deep: true, tmpDir: folder })).findings).toEqual([]);
  return writer;
}

/** The `index`th event that spool-child.ts appends. */
const appended = (index: number): NumberedEvent => eventOf(index % 2 === 0 ? 'trade' : 'delta', index);

/** Lets a process append to a spool for a while, beginning with the `first`th event, and kills it. */
async function killed(
  url: string,
  spoolDir: string,
  { first, lifeMs }: { first: number; lifeMs: number },
): Promise<void> {
  const script = fileURLToPath(new URL('./spool-child.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@portcullis/source', script, url, spoolDir, String(first)]);
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += `error: ${data.toString()}`));
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  // A log with something in it, so that there is something to lose.
  await until(() => said.includes('error') || (existsSync(join(spoolDir, 'log')) && logged(spoolDir) > 0));
  await sleep(lifeMs);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.on('close', resolve));
  expect(said).not.toContain('error');
}

describe('the spool of a process that died', () => {
  test('killed at any moment gives back what was logged, without a hole and once', async () => {
    const { folder, store, url } = place();
    const spoolDir = join(folder, 'spool');
    let first = 0;
    for (const lifeMs of [300, 700, 1200]) {
      await killed(url, spoolDir, { first, lifeMs });
      const logs = readdirSync(join(spoolDir, 'log')).map((name) => readFileSync(join(spoolDir, 'log', name), 'utf8'));
      const seqLogged = Math.max(
        ...logs.flatMap((text) => [...text.matchAll(/"seq":(\d+).*\n/g)].map(([, seq]) => Number(seq))),
      );
      const writer = await recover(store, folder, spoolDir);
      await writer.close();
      writers.splice(0);
      const rows = await archivedRows(store, folder);
      const lines = sortedLines(rows);
      expect(new Set(lines).size).toBe(lines.length);
      const seqs = [...new Set(rows.map((row) => Number(row['seq'])))].sort((one, other) => one - other);
      const start = appended(first).seq;
      const own = seqs.filter((seq) => seq >= start);
      expect(own).toEqual(own.map((_, index) => appended(first + index).seq));
      expect(own.at(-1)).toBeGreaterThanOrEqual(seqLogged);
      expect(readdirSync(join(spoolDir, 'log'))).toEqual([]);
      first += 1_000_000;
    }
  });

  test('at any step of its work gives back everything, once', async () => {
    const { folder, store: original } = place();
    const seen = new Set<string>();
    let isDone = false;
    for (let point = 0; !isDone; point++) {
      const spoolDir = join(folder, `spool-${point}`);
      const { store, remove } = testPlace();
      removals.push(remove);
      let count = 0;
      let isDead = false;
      // Dead is dead: after the crash no step of it happens any more.
      const crash = (name: string): void => {
        if (name === 'log') return;
        if (!isDead && count++ !== point) return;
        seen.add(name);
        isDead = true;
        throw new Error(`crash at ${name}`);
      };
      const broken = faultyStore(store, (operation, _key, phase) => {
        crash(`${phase} ${operation}`);
      });
      const writer = await open({ store: broken, spoolDir, segmentRowsMax: 9, onStep: crash });
      const few = events.slice(0, 16).filter(({ kind }, index) => kind === 'trade' || index < 6);
      for (const event of few) writer.append(VENUE, event);
      await until(() => logged(spoolDir) === few.length);
      let isDrained = false;
      const drained = writer.drain().then(
        () => (isDrained = true),
        () => undefined,
      );
      await until(() => isDead || isDrained);
      isDone = !isDead;
      await crashed(writer);
      await drained;
      const next = await recover(store, folder, spoolDir);
      expect(await rowsOf(store, folder)).toEqual(linesOf(few));
      await next.close();
      expect(readdirSync(join(spoolDir, 'segments'))).toEqual([]);
      expect(readdirSync(join(spoolDir, 'log'))).toEqual([]);
    }
    expect([...seen]).toEqual(
      expect.arrayContaining([
        'segment',
        'note',
        'noted',
        'put',
        'after putFile',
        'check-upload',
        'commit',
        'after put',
        'forget',
      ]),
    );
    await original.close();
  });

  test('may have a torn last line, which is cut off, and a damaged one, which is told', async () => {
    const { folder, store } = place();
    const spoolDir = join(folder, 'spool');
    const writer = await open({ store, spoolDir });
    for (const event of events) writer.append(VENUE, event);
    await until(() => logged(spoolDir) === events.length);
    await crashed(writer);
    const [name = ''] = readdirSync(join(spoolDir, 'log'));
    const path = join(spoolDir, 'log', name);
    truncateSync(path, statSync(path).size - 5);
    const lines = readFileSync(path, 'utf8').split('\n');
    lines[4] = lines[4]!.replace('"seq":', '"sEq":');
    writeFileSync(path, lines.join('\n'));
    const troubles: WriterTrouble[] = [];
    const next = await open({ store, spoolDir, onTrouble: (trouble) => troubles.push(trouble) });
    await next.drain();
    expect(next.status().recovered).toMatchObject({ events: events.length - 2, damaged: 1 });
    expect(next.status().recovered.tornBytes).toBeGreaterThan(20);
    expect(troubles.map(({ what }) => what)).toEqual(['recovery']);
    expect(await rowsOf(store, folder)).toEqual(
      linesOf(events.filter((_, index) => index !== 4 && index !== events.length - 1)),
    );
  });

  test('is not opened twice', async () => {
    const { folder, store } = place();
    const spoolDir = join(folder, 'spool');
    const writer = await open({ store, spoolDir });
    await expect(open({ store, spoolDir })).rejects.toThrow(/is in use by process/);
    await writer.close();
    await crashed(await open({ store, spoolDir }));
    writeFileSync(join(spoolDir, 'lock'), '4194305 1 gone\n');
    await expect(open({ store, spoolDir })).resolves.toBeDefined();
  });

  test('forgets what never became a segment', async () => {
    const { folder, store } = place();
    const spoolDir = join(folder, 'spool');
    await (await open({ store, spoolDir })).close();
    appendFileSync(join(spoolDir, 'segments', '1-ab.part'), 'x');
    appendFileSync(join(spoolDir, 'segments', '1-ab.parquet'), 'x');
    await open({ store, spoolDir });
    expect(readdirSync(join(spoolDir, 'segments'))).toEqual([]);
  });
});

describe('while the store is away', () => {
  const away = (store: ObjectStore, isAway: () => boolean): ObjectStore =>
    faultyStore(store, () => {
      if (isAway()) throw new ObjectStoreError('503', { trouble: 'unavailable', outcomeKnown: false });
    });

  test('segments wait in the spool and go when it is back', async () => {
    const { folder, store } = place();
    let isAway = true;
    const writer = await open({ store: away(store, () => isAway), spoolDir: join(folder, 'spool') });
    for (const event of events) writer.append(VENUE, event);
    await writer.flush();
    await until(() => writer.status().lastTrouble !== undefined);
    expect(writer.status()).toMatchObject({ segmentsWaiting: 2, rowsBuffered: 0, lastTrouble: { what: 'upload' } });
    isAway = false;
    expect(await writer.drain()).toMatchObject({ complete: true, segmentsWaiting: 0, uploaded: { segments: 2 } });
    expect(writer.status()).toMatchObject({ state: 'idle', spoolBytes: 0 });
    expect(await rowsOf(store, folder)).toEqual(linesOf(events));
  });

  test('a drain says what is left, and the next process brings it', async () => {
    const { folder, store } = place();
    const spoolDir = join(folder, 'spool');
    const writer = await open({ store: away(store, () => true), spoolDir });
    for (const event of events) writer.append(VENUE, event);
    const report = await writer.drain();
    expect(report).toMatchObject({ complete: false, segmentsWaiting: 2, trouble: { what: 'upload' } });
    await writer.close();
    writers.splice(0);
    expect(readdirSync(join(spoolDir, 'log'))).toEqual([]);
    const next = await recover(store, folder, spoolDir);
    expect(next.status().recovered).toMatchObject({ events: 0, segments: 2 });
    expect(await rowsOf(store, folder)).toEqual(linesOf(events));
  });

  test('a full spool sheds quotes first, then refuses the rest, and says so; gaps get in last', async () => {
    const { folder, store } = place();
    let isAway = true;
    const troubles: WriterTrouble[] = [];
    const writer = await open({
      store: away(store, () => isAway),
      spoolDir: join(folder, 'spool'),
      spoolBytesMax: 40_000,
      segmentRowsMax: 50,
      onTrouble: (trouble) => troubles.push(trouble),
    });
    const taken: NumberedEvent[] = [];
    const refused: string[] = [];
    for (let index = 0; index < 2000; index++) {
      for (const kind of ['quote', 'trade', 'gap'] as const) {
        if (kind === 'gap' && index % 50 !== 0) continue;
        const event = eventOf(kind, index);
        if (writer.append(VENUE, event)) taken.push(event);
        else if (!refused.includes(kind)) refused.push(kind);
      }
      if (refused.length === 2) break;
    }
    expect(refused).toEqual(['quote', 'trade']);
    expect(writer.append(VENUE, eventOf('gap', 5000))).toBe(true);
    taken.push(eventOf('gap', 5000));
    const { shed, refused: counts, state } = writer.status();
    expect({ state, kinds: [...Object.keys(shed), ...Object.keys(counts)] }).toEqual({
      state: 'full',
      kinds: ['quote', 'trade'],
    });
    expect(troubles.filter(({ what }) => what === 'spool-full')).toHaveLength(1);
    isAway = false;
    expect(await writer.drain()).toMatchObject({ complete: true });
    await until(() => writer.append(VENUE, eventOf('trade', 6000)));
    await writer.drain();
    expect(await rowsOf(store, folder)).toEqual(linesOf([...taken, eventOf('trade', 6000)]));
  });

  test('a store that holds other bytes than were sent gets them again', async () => {
    const { folder, store } = place();
    let wrong = 2;
    const lying: ObjectStore = {
      ...faultyStore(store, () => undefined),
      sha256: async (key) => (wrong-- > 0 ? '0'.repeat(64) : store.sha256(key)),
    };
    const writer = await open({ store: lying, spoolDir: join(folder, 'spool') });
    writer.append(VENUE, eventOf('trade', 1));
    expect(await writer.drain()).toMatchObject({ complete: true });
    expect(writer.status().lastTrouble?.message).toMatch(/the store holds SHA-256 0000/);
  });
});

describe('a full disk', () => {
  const full = (): Error => Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });

  test.each(['segment', 'note', 'log'])(
    'at the %s keeps what was taken and refuses more until there is room',
    async (step) => {
      const { folder, store } = place();
      let isFull = true;
      const writer = await open({
        store,
        spoolDir: join(folder, 'spool'),
        onStep: (name) => {
          if (isFull && name === step) throw full();
        },
      });
      for (const event of events) expect(writer.append(VENUE, event)).toBe(true);
      if (step !== 'log') await expect(writer.flush()).rejects.toThrow('ENOSPC');
      await until(() => writer.status().state === 'full');
      expect(writer.append(VENUE, eventOf('quote', 1))).toBe(false);
      expect(writer.append(VENUE, eventOf('trade', 1000))).toBe(false);
      expect(writer.status()).toMatchObject({ state: 'full', lastTrouble: { what: expect.stringContaining('spool') } });
      isFull = false;
      await until(() => writer.append(VENUE, eventOf('trade', 1001)));
      expect(await writer.drain()).toMatchObject({ complete: true });
      expect(await rowsOf(store, folder)).toEqual(linesOf([...events, eventOf('trade', 1001)]));
    },
  );
});

test('an import leaves no log and can be run again', async () => {
  const { folder, store } = place();
  for (let run = 0; run < 2; run++) {
    const writer = await open({ store, spoolDir: join(folder, 'spool'), log: false });
    for (const event of events) {
      writer.append(VENUE, event);
      await writer.room();
    }
    expect(readdirSync(join(folder, 'spool', 'log'))).toEqual([]);
    await writer.drain();
    await writer.close();
    writers.splice(0);
    expect(await rowsOf(store, folder)).toEqual(linesOf(events));
  }
  expect(existsSync(join(folder, 'spool', 'lock'))).toBe(false);
});
