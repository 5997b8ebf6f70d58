import type { ScaledDelta } from './scaled-event.ts';

/**
 * How the numbers of deltas hang together. `range`: the first is at most the last + 1 (Binance spot). `previous`: each
 * names the last before it (Binance futures, OKX). `next`: each is the last + 1 (Bybit v5). `ordered`: no numbers, the
 * connection is ordered, and we count by ourselves (Kraken). Under the other rules, too, a delta without numbers (last 0,
 * previous -1) is the next where snapshots come in the stream.
 */
export type SequenceRuleName = 'range' | 'previous' | 'next' | 'ordered';

/**
 * `restart`: it is the next, but its number is below the last, because the venue began to count anew. `covered`: the
 * snapshot before it has it. `stale`: a delta before it has it. `idle`: a sign of life.
 */
export type SequenceOutcome = 'next' | 'restart' | 'covered' | 'stale' | 'idle' | 'gap';

type Numbers = Pick<ScaledDelta, 'firstSequence' | 'lastSequence' | 'previousSequence'>;

/**
 * Numbers of the latest deltas in which a repeated one is recognised, where numbers may fall back: a delta below the
 * last that is none of them may be the beginning of a new count whose first delta was lost.
 */
const RECENT_MAX = 64;

/**
 * The rule of sequence of one book. A number is judged against the last that was taken; nothing changes until
 * {@link take}. Sources: Binance, "How to manage a local order book correctly" (spot and futures); OKX, "Order book
 * channel": prevSeqId, seqId; Bybit, "Orderbook": u.
 */
export class SequenceRule {
  readonly #name: SequenceRuleName;
  /** Snapshots of the stream leave no doubt where the deltas go on; fetched ones lie anywhere in between. */
  readonly #strict: boolean;
  readonly #recent: number[] = [];
  #last = 0;
  /** No delta was taken since the snapshot. */
  #fresh = true;

  constructor(name: SequenceRuleName, snapshots: 'rest' | 'stream') {
    this.#name = name;
    this.#strict = snapshots === 'stream';
  }

  get last(): number {
    return this.#last;
  }

  /** Begins at a snapshot with this number; the number under which it is told. */
  start(sequence: number): number {
    this.#last = this.#name === 'ordered' ? this.#last + 1 : sequence;
    this.#fresh = true;
    this.#recent.length = 0;
    return this.#last;
  }

  judge(delta: ScaledDelta): SequenceOutcome {
    if (this.#isUnnumbered(delta)) return 'next';
    const last = this.#last;
    switch (this.#name) {
      case 'ordered':
        return 'next';
      case 'range':
        if (delta.lastSequence <= last) return this.#behind();
        return delta.firstSequence <= last + 1 ? 'next' : 'gap';
      case 'next':
        if (delta.lastSequence <= last) return this.#behind();
        return delta.lastSequence === last + 1 ? 'next' : 'gap';
      case 'previous':
        return this.#strict ? this.#judgeStrictly(delta) : this.#judgePrevious(delta);
    }
  }

  /** Takes a delta that {@link judge} called next or restart; the number under which it is told. */
  take(delta: Numbers): number {
    const { lastSequence } = delta;
    this.#fresh = false;
    if (this.#name === 'ordered' || this.#isUnnumbered(delta)) return (this.#last += 1);
    this.#last = lastSequence;
    if (this.#name === 'previous' && this.#strict) {
      this.#recent.push(lastSequence);
      if (this.#recent.length > RECENT_MAX) this.#recent.shift();
    }
    return lastSequence;
  }

  /** Whether a delta that reaches past a fetched snapshot leaves nothing out between the two. */
  joins(delta: Numbers, sequence: number): boolean {
    switch (this.#name) {
      case 'ordered':
        return true;
      case 'range':
        return delta.firstSequence <= sequence + 1;
      case 'next':
        return delta.lastSequence === sequence + 1;
      case 'previous':
        return joinsPrevious(delta, sequence);
    }
  }

  /** What was expected and what came instead, for people. */
  expectation({ firstSequence, lastSequence, previousSequence }: Numbers): string {
    if (this.#name !== 'previous') {
      return `update ${this.#last + 1} expected, ${this.#name === 'next' ? lastSequence : firstSequence} came`;
    }
    return `an update after ${this.#last} expected, ${lastSequence} after ${previousSequence} came`;
  }

  /** Recorded before the venue had numbers, or of one of its feeds without them: as `ordered`. */
  #isUnnumbered({ lastSequence, previousSequence }: Numbers): boolean {
    return this.#strict && lastSequence === 0 && previousSequence < 0;
  }

  #behind(): 'covered' | 'stale' {
    return this.#fresh ? 'covered' : 'stale';
  }

  #judgePrevious(delta: Numbers): SequenceOutcome {
    if (delta.lastSequence <= this.#last) return this.#behind();
    if (delta.previousSequence === this.#last) return 'next';
    return this.#fresh && joinsPrevious(delta, this.#last) ? 'next' : 'gap';
  }

  #judgeStrictly({ lastSequence, previousSequence, bids, asks }: ScaledDelta): SequenceOutcome {
    const last = this.#last;
    if (previousSequence === last) {
      if (lastSequence === last) return bids.length + asks.length === 0 ? 'idle' : 'gap';
      return lastSequence > last ? 'next' : 'restart';
    }
    const known = lastSequence === last || this.#recent.includes(lastSequence);
    return known ? 'stale' : 'gap';
  }
}

/**
 * A delta holds every change after the one before it. The venue's own wording asks for a first number at or below the
 * snapshot's, which follows from this and leaves out the delta that begins exactly behind it.
 */
function joinsPrevious({ firstSequence, previousSequence }: Numbers, sequence: number): boolean {
  return (previousSequence >= 0 ? previousSequence : firstSequence - 1) <= sequence;
}
