const TAIL = 1000;
const TAILS = Array.from({ length: TAIL }, (_, tail) => String(tail).padStart(3, '0'));

/** Ids as text, faster than `String` where one follows the other: only the last three digits differ from the one before. */
export class IdTexts {
  #head = -1;
  #headText = '';

  /** `id` is a safe integer at or above zero. */
  text(id: number): string {
    const head = Math.floor(id / TAIL);
    if (head === 0) return String(id);
    if (head !== this.#head) {
      this.#head = head;
      this.#headText = String(head);
    }
    return this.#headText + (TAILS[id - head * TAIL] as string);
  }
}
