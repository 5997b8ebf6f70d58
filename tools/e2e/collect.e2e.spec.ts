import { expect, test } from '@jest/globals';
import { runShow } from './collect-show.ts';

const SHOW_MS = 30_000;

test("what was collected from a venue that misbehaves and dies is the venue's own record, outside the gaps that it tells", async () => {
  const summary = await runShow(SHOW_MS);
  process.stderr.write(`collect: ${summary.rowsCompared} rows compared, ${summary.rowsMissingInGaps} lost in gaps\n`);
  expect(Object.values(summary.kinds).flatMap(({ examples }) => examples)).toEqual([]);
  expect(summary).toMatchObject({ rowsMissingOutsideGaps: 0, rowsExtra: 0, rowsDifferent: 0 });
  expect(summary.rowsCompared).toBeGreaterThan(1000);
  expect(summary.rowsMissingInGaps).toBeGreaterThan(0);
  expect(summary.gapsInBand).toEqual(summary.injected);
  expect(summary.gapsInLedger).toEqual(summary.gapsExpectedInLedger);
}, 180_000);
