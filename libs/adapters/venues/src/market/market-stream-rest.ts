import { wallMicros } from '@portcullis/config';
import type { MarketDialect } from './dialect.ts';

const ANSWER_MS_MAX = 5000;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
/** Requests that may go out at once after a quiet time. */
const BURST = 10;
/** Time for one request more: 100 a minute. A whole book costs 50 of Binance's 6000 a minute (20 of 2400 for futures). */
const REFILL_MS = 600;
/** How long nothing is asked after a refusal for too many requests that names no time itself. */
const REFUSED_MS = 30_000;
const REFUSED_MS_MAX = 600_000;
const CLOCK_SAMPLES = 3;

/** The venue's clock minus ours, and how wrong that can be: half of the round trip. Microseconds. */
export interface ClockOffset {
  readonly offsetMicros: number;
  readonly uncertaintyMicros: number;
  /** When it was measured, by our clock. */
  readonly at: number;
}

/** What came back of a request and when it was there. */
export interface RestAnswer {
  readonly body: Uint8Array;
  readonly receivedMicros: number;
}

/** The public REST side of one venue, asked no faster than it allows. Never throws: trouble is told and undefined given. */
export class MarketRest {
  readonly #url: string;
  readonly #onTrouble: (what: string) => void;
  readonly #closing = new AbortController();
  #queue: Promise<unknown> = Promise.resolve();
  #tokens = BURST;
  #refilledAt = performance.now();
  #pausedUntil = 0;

  constructor(url: string, onTrouble: (what: string) => void) {
    this.#url = url.replace(/\/+$/, '');
    this.#onTrouble = onTrouble;
  }

  /** Asks in turn. `isWanted` is asked right before, because a request can wait for a long time. */
  get(path: string, isWanted: () => boolean = () => true): Promise<RestAnswer | undefined> {
    const answer = this.#queue.then(async () => {
      await this.#room();
      return this.#closing.signal.aborted || !isWanted() ? undefined : this.#ask(path);
    });
    this.#queue = answer;
    return answer;
  }

  /** The clock's offset by the quickest of a few requests; undefined where the venue has none or does not answer. */
  async clock(dialect: MarketDialect): Promise<ClockOffset | undefined> {
    const { clock } = dialect;
    if (clock === undefined) return undefined;
    let best: ClockOffset | undefined;
    for (let sample = 0; sample < CLOCK_SAMPLES; sample += 1) {
      let asked = 0;
      const answer = await this.get(clock.request.path, () => {
        asked = wallMicros();
        return true;
      });
      if (answer === undefined) return best;
      const venue = clock.read(jsonOf(answer.body));
      if (venue === undefined) {
        this.#onTrouble('the answer about the clock cannot be read');
        return best;
      }
      const uncertaintyMicros = Math.max(0, (answer.receivedMicros - asked) / 2);
      if (best !== undefined && uncertaintyMicros >= best.uncertaintyMicros) continue;
      const offsetMicros = Math.round(venue - (asked + uncertaintyMicros));
      best = { offsetMicros, uncertaintyMicros: Math.ceil(uncertaintyMicros), at: answer.receivedMicros };
    }
    return best;
  }

  close(): void {
    this.#closing.abort();
  }

  async #room(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const now = performance.now();
      this.#tokens = Math.min(BURST, this.#tokens + (now - this.#refilledAt) / REFILL_MS);
      this.#refilledAt = now;
      const wait = Math.max(this.#pausedUntil - now, this.#tokens >= 1 ? 0 : (1 - this.#tokens) * REFILL_MS);
      if (wait <= 0) break;
      await this.#sleep(wait);
    }
    this.#tokens -= 1;
  }

  async #ask(path: string): Promise<RestAnswer | undefined> {
    try {
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(ANSWER_MS_MAX)]);
      const answer = await fetch(`${this.#url}${path}`, { signal, redirect: 'error' });
      if (answer.status === 429 || answer.status === 418) this.#pause(answer.headers.get('retry-after'));
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const body = new Uint8Array(await answer.arrayBuffer());
      if (body.length > ANSWER_BYTES_MAX) throw new Error(`an answer of ${body.length} bytes`);
      return { body, receivedMicros: wallMicros() };
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#onTrouble(`${path.split('?')[0]}: ${describe(error)}`);
      return undefined;
    }
  }

  #pause(retryAfter: string | null): void {
    const seconds = Number(retryAfter);
    const ms = retryAfter !== null && seconds > 0 ? Math.min(seconds * 1000, REFUSED_MS_MAX) : REFUSED_MS;
    this.#pausedUntil = performance.now() + ms;
    this.#onTrouble(`too many requests for the venue, nothing is asked for ${Math.round(ms / 1000)} s`);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#closing.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#closing.signal.addEventListener('abort', done, { once: true });
    });
  }
}

/** Undefined for what is no JSON. */
function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

/** `fetch failed` says nothing; the reason is in its cause. */
function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? `${message} (${cause.message})` : message;
}
