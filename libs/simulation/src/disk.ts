import { type SeededRandom, sha256Hex } from '@portcullis/kernel';

export interface SimulatedRecord<T> {
  readonly seq: number;
  readonly hash: string;
  readonly payload: T;
}

interface Written<T> {
  readonly seq: number;
  readonly hash: string;
  readonly json: string;
  /** What the text says, once somebody has read it. */
  payload?: T;
}

const GENESIS = { seq: 0, hash: '0'.repeat(64) } as const;

/**
 * A journal on a simulated disk. An append is visible at once and durable after its sync; a crash of the machine keeps
 * what was synced and a random prefix of the rest (a torn last record is the same as one that is not there).
 */
export class SimulatedJournal<T> {
  #records: Written<T>[] = [];
  #durableCount = 0;
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  get head(): { readonly seq: number; readonly hash: string } {
    const last = this.#records.at(-1);
    return last === undefined ? GENESIS : { seq: last.seq, hash: last.hash };
  }

  append(payload: T, durable: boolean): { readonly seq: number; readonly hash: string } {
    const before = this.#records.at(-1) ?? GENESIS;
    const seq = before.seq + 1;
    // As text, as on a real disk: what does not survive that is not in the journal.
    const json = JSON.stringify(payload);
    const hash = sha256Hex(`${before.hash} ${seq} ${json}`);
    this.#records.push({ seq, hash, json });
    if (durable) this.sync();
    return { seq, hash };
  }

  /** Makes everything appended so far durable. */
  sync(): void {
    this.#durableCount = this.#records.length;
  }

  /** What a process finds that starts on this disk: the records after number `after`, oldest first. */
  *records(after = 0): Generator<SimulatedRecord<T>> {
    for (let index = after; index < this.#records.length; index++) {
      const record = this.#records[index] as Written<T>;
      record.payload ??= JSON.parse(record.json) as T;
      yield { seq: record.seq, hash: record.hash, payload: record.payload };
    }
  }

  /** The machine died: a random part of the unsynced tail is gone. Returns how many records. */
  crash(): number {
    const before = this.#records.length;
    const kept = this.#random.integer(this.#durableCount, before);
    this.#records.length = kept;
    this.#durableCount = kept;
    return before - kept;
  }
}
