import { describe, expect, test } from '@jest/globals';
import { StreamOrder } from './stream-order.ts';

/** Feeds sequence numbers and gives back those that were taken; a hole is answered as `onHole` says. */
function feed(
  order: StreamOrder,
  sequences: readonly number[],
  onHole: (expected: number, newest: number) => void = () => undefined,
): number[] {
  return sequences.filter((sequence) => {
    const admission = order.admit('ORDERS', sequence);
    if (admission.kind === 'hole') onHole(admission.expected, sequence);
    return admission.kind === 'take';
  });
}

describe('the order of a stream', () => {
  test('begins anywhere and takes each message once', () => {
    expect(feed(new StreamOrder(), [7, 8, 8, 7, 9])).toEqual([7, 8, 9]);
  });

  test('given a hole, when the stream is rewound, then what was on its way is skipped and nothing is lost', () => {
    const order = new StreamOrder();
    const rewind = (expected: number, newest: number): void => {
      expect(expected).toBe(3);
      order.rewound('ORDERS', newest);
    };
    expect(feed(order, [1, 2, 5, 6, 7, 3, 4, 5, 6, 7, 8], rewind)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(order.lost).toBe(0);
  });

  test('given a hole that nobody could rewind, then the next message shows it again', () => {
    const holes: number[] = [];
    expect(feed(new StreamOrder(), [1, 4, 5], (expected) => holes.push(expected))).toEqual([1]);
    expect(holes).toEqual([2, 2]);
  });

  test('given messages that aged out, when the rewound stream begins later, then it goes on from there and counts them', () => {
    const order = new StreamOrder();
    expect(feed(order, [1, 9, 10, 6, 7, 8, 9, 10, 11], (_expected, newest) => order.rewound('ORDERS', newest))).toEqual(
      [1, 6, 7, 8, 9, 10, 11],
    );
    expect(order.lost).toBe(4);
  });

  test('a rewind without a hole changes nothing', () => {
    const order = new StreamOrder();
    feed(order, [1, 2, 3]);
    order.rewound('ORDERS', 3);
    expect(feed(order, [4, 5])).toEqual([4, 5]);
  });

  test('streams do not disturb each other', () => {
    const order = new StreamOrder();
    expect([order.admit('ORDERS', 5).kind, order.admit('INTENTS', 1).kind, order.admit('ORDERS', 6).kind]).toEqual([
      'take',
      'take',
      'take',
    ]);
  });
});
