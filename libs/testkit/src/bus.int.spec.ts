import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestBus, startBus } from './bus.ts';

let bus: TestBus;
beforeAll(async () => {
  bus = await startBus();
});
afterAll(async () => bus.stop());

test('readAll gives the bodies of a stream, oldest first', async () => {
  expect(await bus.readAll('INTENTS')).toEqual([]);
  const { jetstream } = await bus.connectAs('livyd');
  for (const n of [1, 2, 3]) await jetstream.publish('intent.main.r1', JSON.stringify({ n }));
  expect(await bus.readAll<{ n: number }>('INTENTS')).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
});
