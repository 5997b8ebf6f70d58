import type { FrameFate } from '../state/faults.ts';
import type { FrameRecord } from './frame-record.ts';

/** Where a stream's frames go. */
export interface FrameSocket {
  send(text: string): void;
  close(): void;
}

export interface StreamSubscriber {
  readonly socket: FrameSocket;
  /** Whether frames are wrapped as `{"stream":…,"data":…}`. */
  readonly combined: boolean;
}

/** What tests do to frames on their way. */
export interface FrameFaults {
  fateOfFrame(stream: string): FrameFate;
  readonly frameDelayMs: number;
}

/** Frames of one stream that wait: for the frame that overtakes them, or for their time. */
interface Held {
  swapped: string | undefined;
  delayed: string[];
}

/** Who listens to which market stream. A frame is made once, and only when somebody listens or it is recorded. */
export class StreamHub {
  readonly #streams = new Map<string, Set<StreamSubscriber>>();
  readonly #held = new Map<string, Held>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #faults: FrameFaults;
  readonly #record: FrameRecord | undefined;

  constructor(faults: FrameFaults, record?: FrameRecord) {
    this.#faults = faults;
    this.#record = record;
  }

  subscribe(stream: string, subscriber: StreamSubscriber): void {
    const present = this.#streams.get(stream);
    if (present === undefined) this.#streams.set(stream, new Set([subscriber]));
    else present.add(subscriber);
  }

  unsubscribe(stream: string, subscriber: StreamSubscriber): void {
    const present = this.#streams.get(stream);
    present?.delete(subscriber);
    if (present?.size === 0) this.#streams.delete(stream);
  }

  has(stream: string): boolean {
    return this.#streams.has(stream) || this.#record?.has(stream) === true;
  }

  /** The intervals of a market whose bars somebody listens to. */
  intervals(symbol: string): string[] {
    const prefix = `${symbol.toLowerCase()}@kline_`;
    return [...this.#streams.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  }

  send(stream: string, frame: () => unknown): void {
    if (!this.has(stream)) return;
    const raw = JSON.stringify(frame());
    if (!this.#streams.has(stream)) {
      this.#record?.note(stream, 'unheard', raw);
      return;
    }
    const fate = this.#faults.fateOfFrame(stream);
    this.#record?.note(stream, fate, raw);
    if (fate === 'sent' && !this.#held.has(stream)) this.#deliver(stream, raw);
    else this.#faulty(stream, raw, fate);
  }

  /** Closes who listens to a stream: what they would get next would not follow from what they got. */
  drop(stream: string): void {
    for (const subscriber of [...(this.#streams.get(stream) ?? [])]) subscriber.socket.close();
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#held.clear();
    this.#record?.close();
  }

  #faulty(stream: string, raw: string, fate: FrameFate): void {
    if (fate === 'dropped') return;
    const held = this.#held.get(stream) ?? { swapped: undefined, delayed: [] };
    this.#held.set(stream, held);
    const overtaken = held.swapped;
    if (fate === 'swapped' && overtaken === undefined) {
      held.swapped = raw;
      return;
    }
    held.swapped = undefined;
    const due = [raw, ...(fate === 'doubled' ? [raw] : []), ...(overtaken === undefined ? [] : [overtaken])];
    if (held.delayed.length > 0) {
      held.delayed.push(...due);
    } else if (fate === 'delayed') {
      held.delayed.push(...due);
      this.#later(stream, held);
      return;
    } else {
      for (const text of due) this.#deliver(stream, text);
    }
    if (held.delayed.length === 0) this.#held.delete(stream);
  }

  /** Lets everything go that has gathered behind a delayed frame. */
  #later(stream: string, held: Held): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      for (const text of held.delayed.splice(0)) this.#deliver(stream, text);
      if (held.swapped === undefined) this.#held.delete(stream);
    }, this.#faults.frameDelayMs);
    this.#timers.add(timer);
  }

  #deliver(stream: string, raw: string): void {
    const subscribers = this.#streams.get(stream);
    if (subscribers === undefined) return;
    const combined = `{"stream":"${stream}","data":${raw}}`;
    for (const subscriber of [...subscribers]) subscriber.socket.send(subscriber.combined ? combined : raw);
  }
}
