/** One message of ours on its way to the venue. */
export interface Message {
  readonly at: number;
  readonly order: number;
  readonly sequence: number;
}

/** Consumed entries that a lane keeps before it moves the rest to the front. */
const CONSUMED_MAX = 64;

/** Messages of one kind that go one after the other, as on one connection: none overtakes another. */
export class MessageLane {
  #messages: Message[] = [];
  #head = 0;
  #lastAt = 0;

  get headAt(): number {
    return this.#messages[this.#head]?.at ?? Infinity;
  }

  get headSequence(): number {
    return this.#messages[this.#head]?.sequence ?? Infinity;
  }

  get empty(): boolean {
    return this.#head === this.#messages.length;
  }

  /** When a message that would arrive at `at` really does: not before the one in front of it. */
  arrival(at: number): number {
    return at > this.#lastAt ? at : this.#lastAt;
  }

  push(message: Message): void {
    this.#lastAt = message.at;
    this.#messages.push(message);
  }

  shift(): Message | undefined {
    const message = this.#messages[this.#head];
    if (message === undefined) return undefined;
    this.#head += 1;
    if (this.#head === this.#messages.length || this.#head > CONSUMED_MAX) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
    return message;
  }

  save(): { readonly messages: readonly Message[]; readonly lastAt: number } {
    return { messages: this.#messages.slice(this.#head), lastAt: this.#lastAt };
  }

  load(saved: { readonly messages: readonly Message[]; readonly lastAt: number }): void {
    this.#messages = [...saved.messages];
    this.#head = 0;
    this.#lastAt = saved.lastAt;
  }
}
