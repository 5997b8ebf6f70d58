import { expect, test } from '@jest/globals';
import { RecentIds } from './recent-ids.ts';

test('remembers the latest ids, and no more than twice as many as it has to', () => {
  const ids = new RecentIds<number>(3);
  for (let id = 0; id < 1000; id += 1) {
    ids.set(String(id), id);
    for (const known of [id, id - 1, id - 2]) {
      if (known >= 0) expect(ids.get(String(known))).toBe(known);
    }
    expect(ids.size).toBeLessThanOrEqual(6);
  }
  expect(ids.get('5')).toBeUndefined();
});
