import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type JournaledInput, type RunSnapshot, LiveRun, prepareRun, replayJournal } from '../src/index.ts';
import { Drive, configuration, intentsOf } from './language.ts';

type Step = {
  readonly kind: 'quote' | 'trade' | 'gap' | 'timer' | 'approve' | 'deny' | 'fill' | 'end' | 'unresolved';
  readonly n: number;
};
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom<Step['kind']>(
      'quote',
      'quote',
      'quote',
      'trade',
      'gap',
      'timer',
      'approve',
      'deny',
      'fill',
      'end',
      'unresolved',
    ),
    n: fc.nat(200),
  }),
  { minLength: 1, maxLength: 80 },
);

/** Lets a run live through the steps, with the answers of a gate and a venue to the intents that it makes. */
function live(all: readonly Step[]): Drive {
  const run = new Drive();
  for (const { kind, n } of all) {
    const intents = intentsOf(run.outputs);
    const intent = intents[n % Math.max(1, intents.length)];
    const price = (offset: number): string => ((10_000 + n + offset) / 100).toFixed(2);
    if (kind === 'quote') run.quote(price(0), price(2));
    else if (kind === 'trade') {
      run.market({ kind: 'trade', tradeId: `${n}`, price: price(0), quantity: '0.01', aggressor: 'buy' });
    } else if (kind === 'gap') run.market({ kind: 'gap', reason: n % 2 === 0 ? 'gap' : 'resync', detail: '' });
    else if (kind === 'timer') run.timer(n * 1000);
    else if (intent === undefined) continue;
    else if (kind === 'approve') run.works(intent);
    else if (kind === 'deny') run.verdict(intent, 'ORDER_RATE');
    else if (kind === 'fill') run.fill(intent, '0.001', { state: 'partially-filled', tradeId: `t${n}` });
    else if (kind === 'unresolved') run.order(intent, { type: 'unresolved', reason: '' });
    else run.order(intent, { type: 'canceled', cumulativeQuantity: '0', reason: '' });
  }
  return run;
}

function replayed(journal: readonly JournaledInput[]) {
  // What a restart reads is JSON, so that is what is replayed.
  const result = replayJournal(JSON.parse(JSON.stringify(journal)) as JournaledInput[]);
  if (!result.ok) throw new Error(result.error.field);
  return result.value;
}

describe('a journal', () => {
  test('gives a fresh kernel the same outputs, state and decision hash', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const run = live(all);
        const again = replayed(run.journal);
        expect(again.outputs.map(({ output }) => output)).toEqual(run.outputs);
        expect(again.decisionHash).toBe(run.kernel.decisionHash);
        expect(again.run.snapshot()).toEqual(run.kernel.snapshot());
      }),
    );
  });

  test('with any one number changed gives another decision hash', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (all, at) => {
        const run = live(all);
        const changed = run.journal.map((record) => ({ ...record, payload: { ...record.payload } }));
        const victim = changed[1 + (at % Math.max(1, changed.length - 1))];
        if (victim === undefined) return;
        victim.payload.at += 1;
        expect(replayed(changed).decisionHash).not.toBe(run.kernel.decisionHash);
      }),
    );
  });

  test('may be cut anywhere: a snapshot and the rest give the same as all of it', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (all, at) => {
        const run = live(all);
        const cut = 1 + (at % run.journal.length);
        const first = replayed(run.journal.slice(0, cut));
        const prepared = prepareRun(configuration());
        if (!prepared.ok) throw new Error(prepared.error.field);
        const kernel = new LiveRun(prepared.value);
        kernel.restore(JSON.parse(JSON.stringify(first.run.snapshot())) as RunSnapshot);
        for (const { payload, seq, hash } of run.journal.slice(cut)) kernel.step(payload, { seq, hash });
        expect(kernel.decisionHash).toBe(run.kernel.decisionHash);
        expect(kernel.snapshot()).toEqual(run.kernel.snapshot());
      }),
    );
  });

  test('that does not begin with "started" is refused', () => {
    expect(replayJournal([])).toMatchObject({ ok: false, error: { field: 'journal' } });
  });
});

test('a long run: the decision hash covers every block of inputs, and the state stays bounded', () => {
  const run = new Drive();
  for (let i = 0; i < 3000; i++) run.timer(1000);
  const early = run.journal.map((record) =>
    record.seq === 5 ? { ...record, payload: { ...record.payload, at: record.payload.at + 1 } } : record,
  );
  expect(replayed(early).decisionHash).not.toBe(run.kernel.decisionHash);
  expect(JSON.stringify(run.kernel.snapshot()).length).toBeLessThan(60_000);
});
