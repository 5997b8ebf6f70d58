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

/** Who listens to which market stream. A frame is made once, and only when somebody listens. */
export class StreamHub {
  readonly #streams = new Map<string, Set<StreamSubscriber>>();
  readonly #copiesOfFrame: () => number;

  /** `copiesOfFrame` tells how often a frame is sent, so that tests can lose and double frames. */
  constructor(copiesOfFrame: () => number) {
    this.#copiesOfFrame = copiesOfFrame;
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
    return this.#streams.has(stream);
  }

  /** The intervals of a market whose bars somebody listens to. */
  intervals(symbol: string): string[] {
    const prefix = `${symbol.toLowerCase()}@kline_`;
    return [...this.#streams.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  }

  send(stream: string, frame: () => unknown): void {
    const subscribers = this.#streams.get(stream);
    if (subscribers === undefined) return;
    const copies = this.#copiesOfFrame();
    if (copies === 0) return;
    const raw = JSON.stringify(frame());
    const combined = `{"stream":"${stream}","data":${raw}}`;
    for (const subscriber of [...subscribers]) {
      for (let copy = 0; copy < copies; copy++) subscriber.socket.send(subscriber.combined ? combined : raw);
    }
  }

  /** Closes who listens to a stream: what they would get next would not follow from what they got. */
  drop(stream: string): void {
    for (const subscriber of [...(this.#streams.get(stream) ?? [])]) subscriber.socket.close();
  }
}
