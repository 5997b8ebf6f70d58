import type { LatchState } from '@portcullis/authority';
import type { MarketGap, Side } from '@portcullis/contracts';
import { type QuantityLots, assert } from '@portcullis/kernel';
import type { Mark } from './market-view.ts';
import type { OrderRatesSnapshot } from './order-rates.ts';

/** The state of a gate in process. Plain JSON; times in microseconds. What is reserved follows from the orders. */
export interface InProcessSnapshot {
  readonly version: 1;
  readonly runId: string;
  readonly now: number;
  /** The last order number. */
  readonly last: number;
  readonly latches: LatchState;
  /** By slot. */
  readonly instruments: readonly {
    readonly id: string;
    readonly mark: Mark | null;
    readonly gap: MarketGap['reason'] | null;
    readonly position: QuantityLots;
  }[];
  /** Those that work, oldest first. */
  readonly orders: readonly {
    readonly order: number;
    readonly slot: number;
    readonly side: Side;
    readonly lots: QuantityLots;
    readonly reduces: boolean;
    readonly filled: QuantityLots;
  }[];
  readonly rates: OrderRatesSnapshot;
}

/** Reads a snapshot of the gate of a run in these instruments. AssertionFailure for anything else, naming what is wrong. */
export function readSnapshot(text: string, runId: string, instruments: readonly string[]): InProcessSnapshot {
  const snapshot = parsed(text);
  const { version, now, last, latches, rates } = snapshot;
  assert(version === 1, `a gate's snapshot has version 1, not ${String(version)}`);
  assert(snapshot.runId === runId, `the gate's snapshot is of run ${String(snapshot.runId)}, not of ${runId}`);
  const ids = listOf(snapshot.instruments, 'instruments').map(({ id }) => id);
  const [has, wants] = [ids, instruments].map((names) => names.join(', '));
  assert(has === wants, `the gate's snapshot is of the instruments ${has ?? ''}, not of ${wants ?? ''}`);
  whole(now, 'now', 0);
  whole(last, 'last', 0);
  whole(latches?.killEpoch, 'latches.killEpoch', 0);
  listOf(latches.latches, 'latches.latches');
  for (const { mark, position } of snapshot.instruments) {
    whole(position, 'position');
    for (const name of ['bid', 'ask', 'tsEvent', 'at'] as const) if (mark !== null) whole(mark[name], `mark.${name}`);
  }
  let before = 0;
  for (const { order, slot, side, lots, filled, reduces } of listOf(snapshot.orders, 'orders')) {
    whole(order, 'order', before + 1, last);
    before = order;
    whole(slot, 'slot', 0, ids.length - 1);
    whole(lots, 'lots', 1);
    whole(filled, 'filled', 0, lots - 1);
    assert(side === 'buy' || side === 'sell', `side of order ${order} in the gate's snapshot: ${String(side)}`);
    assert(typeof reduces === 'boolean', `order ${order} in the gate's snapshot reduces: ${String(reduces)}`);
  }
  for (const budget of ['orders', 'reductions'] as const) {
    for (const [, times] of listOf(rates?.[budget], `rates.${budget}`)) {
      for (const time of listOf(times, `rates.${budget}`)) whole(time, `rates.${budget}`, 0, now);
    }
  }
  return snapshot;
}

function parsed(text: string): InProcessSnapshot {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    assert(false, `the gate's snapshot is not JSON: ${(error as Error).message}`);
  }
  assert(value !== null && typeof value === 'object', "the gate's snapshot is no object");
  return value as InProcessSnapshot;
}

function whole(value: number, name: string, min = -Infinity, max = Infinity): void {
  const fits = Number.isSafeInteger(value) && value >= min && value <= max;
  assert(fits, `${name} in the gate's snapshot: ${String(value)}, not a whole number from ${min} to ${max}`);
}

function listOf<T>(value: readonly T[], name: string): readonly T[] {
  const isList: boolean = Array.isArray(value);
  assert(isList, `${name} in the gate's snapshot: no list`);
  return value;
}
