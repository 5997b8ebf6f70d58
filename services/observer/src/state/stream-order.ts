/**
 * - `take`: the next one.
 * - `skip`: it was here already, or it comes again once the stream was rewound.
 * - `hole`: messages before it are missing; ask the server to begin again at `expected`, then call `rewound`.
 */
export type Admission = { readonly kind: 'take' | 'skip' } | { readonly kind: 'hole'; readonly expected: number };

/**
 * Watches the sequence numbers of the streams that are read. The durables are not acknowledged, so what is in flight
 * when a connection breaks never comes by itself; a hole in the numbers shows it.
 */
export class StreamOrder {
  readonly #next = new Map<string, number>();
  /** Per rewound stream the newest message that was on its way before. */
  readonly #newestBefore = new Map<string, number>();
  #lost = 0;

  /** Messages that the streams no longer had when they were asked for again. */
  get lost(): number {
    return this.#lost;
  }

  /** Judges a message by its number. The first message of a stream is taken as it comes. */
  admit(stream: string, sequence: number): Admission {
    const expected = this.#next.get(stream);
    if (expected === undefined || sequence === expected) return this.#take(stream, sequence);
    if (sequence < expected) return { kind: 'skip' };
    const newestBefore = this.#newestBefore.get(stream);
    if (newestBefore === undefined) return { kind: 'hole', expected };
    if (sequence > newestBefore) {
      this.#newestBefore.set(stream, sequence);
      return { kind: 'skip' };
    }
    // The rewound stream begins later than was asked: what is missing has aged out, and there is nothing to wait for.
    this.#lost += sequence - expected;
    return this.#take(stream, sequence);
  }

  /** The next number of every stream that was heard of. */
  get next(): ReadonlyMap<string, number> {
    return this.#next;
  }

  /** The server has agreed to begin again where the hole is; `newest` is the message that showed it. */
  rewound(stream: string, newest: number): void {
    this.#newestBefore.set(stream, newest);
  }

  #take(stream: string, sequence: number): Admission {
    this.#next.set(stream, sequence + 1);
    this.#newestBefore.delete(stream);
    return { kind: 'take' };
  }
}
