/**
 * Sources by the `(tsEvent, seq, number)` of their next row, the smallest first. Flat arrays by place in the heap: it
 * is asked for every run of rows, and most comparisons end at the first load.
 */
export class SourceHeap {
  readonly #source: Uint32Array;
  readonly #tsEvent: Float64Array;
  readonly #seq: Float64Array;
  size = 0;

  constructor(sources: number) {
    // One more place, behind the last, so that the second child of every place can be read.
    this.#source = new Uint32Array(sources + 2);
    this.#tsEvent = new Float64Array(sources + 2).fill(Infinity);
    this.#seq = new Float64Array(sources + 2);
  }

  get first(): number {
    return this.#source[0] as number;
  }

  push(source: number, tsEvent: number, seq: number): void {
    let at = this.size++;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#isBefore(above, source, tsEvent, seq)) break;
      this.#move(above, at);
      at = above;
    }
    this.#put(at, source, tsEvent, seq);
  }

  /** The first source has gone on to its next row. */
  replaceFirst(tsEvent: number, seq: number): void {
    this.#sink(this.first, tsEvent, seq);
  }

  pop(): void {
    const last = --this.size;
    const [source, tsEvent, seq] = [this.#source[last], this.#tsEvent[last], this.#seq[last]];
    this.#tsEvent[last] = Infinity;
    if (last > 0) this.#sink(source as number, tsEvent as number, seq as number);
  }

  /** Where, between `from` and `most`, the rows of the first source end that come before the second's next row. */
  runEnd(tsEvent: Float64Array, seq: Float64Array, from: number, most: number): number {
    const second = this.#isSecondRight() ? 2 : 1;
    const tsBound = this.#tsEvent[second] as number;
    if ((tsEvent[most - 1] as number) < tsBound) return most;
    let row = from + 1;
    while (row < most && (tsEvent[row] as number) < tsBound) row++;
    if (row === most || (tsEvent[row] as number) > tsBound) return row;
    const seqBound = this.#seq[second] as number;
    const isLater = this.first > (this.#source[second] as number);
    for (; row < most && tsEvent[row] === tsBound; row++) {
      const number = seq[row] as number;
      if (number > seqBound || (number === seqBound && isLater)) break;
    }
    return row;
  }

  #isSecondRight(): boolean {
    const left = this.#tsEvent[1] as number;
    const right = this.#tsEvent[2] as number;
    if (right !== left) return right < left;
    return this.size > 2 && this.#isBefore(2, this.#source[1] as number, left, this.#seq[1] as number);
  }

  #sink(source: number, tsEvent: number, seq: number): void {
    const { size } = this;
    const times = this.#tsEvent;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= size) break;
      const left = times[below] as number;
      const right = times[below + 1] as number;
      if (right < left) below++;
      else if (right === left && below + 1 < size) {
        if (this.#isBefore(below + 1, this.#source[below] as number, left, this.#seq[below] as number)) below++;
      }
      const time = times[below] as number;
      if (tsEvent < time || (tsEvent === time && !this.#isBefore(below, source, tsEvent, seq))) break;
      this.#move(below, at);
      at = below;
    }
    this.#put(at, source, tsEvent, seq);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#source[from] as number, this.#tsEvent[from] as number, this.#seq[from] as number);
  }

  #put(at: number, source: number, tsEvent: number, seq: number): void {
    this.#source[at] = source;
    this.#tsEvent[at] = tsEvent;
    this.#seq[at] = seq;
  }

  /** True where the row at a place of the heap comes before the given one. */
  #isBefore(at: number, source: number, tsEvent: number, seq: number): boolean {
    const time = this.#tsEvent[at] as number;
    if (time !== tsEvent) return time < tsEvent;
    const number = this.#seq[at] as number;
    return number === seq ? (this.#source[at] as number) < source : number < seq;
  }
}
