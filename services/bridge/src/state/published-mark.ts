import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Up to which record of the journal everything that it caused is on the bus. Only a hint: what is published again changes
 * nothing, so the mark may lag behind and its loss costs time.
 */
export class PublishedMark {
  readonly #file: string;
  /** Messages under way, by the record that caused them. */
  readonly #pending = new Map<number, number>();
  #newest: number;
  #saved: number;

  constructor(dir: string) {
    this.#file = join(dir, 'published');
    this.#saved = readMark(this.#file);
    this.#newest = this.#saved;
  }

  get through(): number {
    const [oldest] = this.#pending.keys();
    return oldest === undefined ? this.#newest : oldest - 1;
  }

  /** A machine that died may have kept the mark and lost the end of the journal: then nothing beyond it is published. */
  clamp(journalSeq: number): void {
    this.#newest = Math.min(this.#newest, journalSeq);
  }

  begin(seq: number): void {
    this.#newest = Math.max(this.#newest, seq);
    this.#pending.set(seq, (this.#pending.get(seq) ?? 0) + 1);
  }

  done(seq: number): void {
    const left = (this.#pending.get(seq) ?? 1) - 1;
    if (left === 0) this.#pending.delete(seq);
    else this.#pending.set(seq, left);
  }

  save(): void {
    const { through } = this;
    if (through === this.#saved) return;
    writeFileSync(`${this.#file}.new`, String(through), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
    this.#saved = through;
  }
}

function readMark(file: string): number {
  try {
    const mark = Number(readFileSync(file, 'utf8'));
    return Number.isSafeInteger(mark) && mark > 0 ? mark : 0;
  } catch {
    return 0;
  }
}
