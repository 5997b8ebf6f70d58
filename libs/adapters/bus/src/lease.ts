import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { headers, PermissionViolationError } from '@nats-io/transport-node';
import { monotonicMicros, wallMicros } from '@portcullis/config';
import type { BusConnection } from './connection.ts';
import { directGetSubject } from './grants.ts';
import { PublishRefused } from './publish-errors.ts';

/** The server counts lives in whole seconds. */
const TTL_MS_MIN = 1000;
const RENEWALS_PER_TTL = 3;
const RETRY_MS = 100;
const WAIT_MS = 200;
const ATTEMPT_MS = 1000;
const MICROS_PER_MS = 1000;
const WRONG_LAST_SEQUENCE = [10071, 10164];

export interface LeaseOptions {
  readonly bus: BusConnection;
  /** `riskd.<account>`, `bridge.<account>` or `livyd.<run>`; the identity has to be allowed to write and read it. */
  readonly key: string;
  /** Who we are, for the one who waits. */
  readonly holder: string;
  /** Life without renewal, at least 1000. A successor waits this long, rounded up to seconds, after a crash. */
  readonly ttlMs: number;
  /** Ends waiting for a lease that another one holds. */
  readonly signal?: AbortSignal;
  /** Called once when somebody else holds it, with the holder's name. */
  readonly onWaiting?: (holder: string) => void;
}

interface Entry {
  readonly holder: string;
  readonly nonce: string;
  readonly released?: true;
}

type PutAnswer = { readonly kind: 'stored'; readonly sequence: number } | { readonly kind: 'conflict' | 'unknown' };

/** One key of the bucket `lease`, written by compare-and-set without the help of a key-value client, which needs more rights. */
class LeaseKey {
  readonly nonce = randomUUID();
  readonly #options: LeaseOptions;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** Writes if `expected` is the key's last revision (0: no value). Throws {@link PublishRefused} when the server will never take it. */
  async put(expected: number, ttlMs: number, released = false): Promise<PutAnswer> {
    const { bus, key, holder } = this.#options;
    const carried = headers();
    carried.set('Nats-Expected-Last-Subject-Sequence', String(expected));
    carried.set('Nats-TTL', `${Math.ceil(ttlMs / 1000)}s`);
    const entry: Entry = { holder, nonce: this.nonce, ...(released ? { released: true as const } : {}) };
    const answer = await bus.nats
      .request(`$KV.lease.${key}`, JSON.stringify(entry), { headers: carried, timeout: ATTEMPT_MS })
      .then((message) => message.json<{ seq?: number; error?: { err_code: number; description: string } }>())
      .catch((error: unknown) => this.#unanswered(error));
    if (answer?.error !== undefined) {
      const { err_code: code, description } = answer.error;
      if (WRONG_LAST_SEQUENCE.includes(code)) return { kind: 'conflict' };
      throw new PublishRefused(`$KV.lease.${key}`, code, description);
    }
    return answer?.seq === undefined ? { kind: 'unknown' } : { kind: 'stored', sequence: answer.seq };
  }

  /** Silence is an unknown outcome; a missing permission is a refusal, which no waiting mends. */
  #unanswered(error: unknown): undefined {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    if (cause instanceof PermissionViolationError) {
      throw new PublishRefused(`$KV.lease.${this.#options.key}`, 0, cause.message);
    }
    return undefined;
  }

  /** The newest value and its revision; `none` without one, undefined when nobody answered. */
  async read(): Promise<{ readonly entry: Entry; readonly sequence: number } | 'none' | undefined> {
    const { bus, key } = this.#options;
    try {
      const found = await bus.nats.request(`${bus.apiPrefix}.${directGetSubject(`lease.${key}`)}`, '', {
        timeout: ATTEMPT_MS,
      });
      if (found.headers?.code === 404) return 'none';
      return { entry: found.json<Entry>(), sequence: Number(found.headers?.get('Nats-Sequence')) };
    } catch {
      return undefined;
    }
  }
}

/**
 * A lease with a fencing epoch. Held only as long as renewals are acknowledged: `held` turns false by our own clocks
 * (wall and monotonic, whichever ends first) before the server lets a successor in.
 */
export class Lease {
  /** Revision of the key at acquisition: higher than every epoch before. */
  readonly epoch: number;
  /** Resolves with the reason when the lease is gone without `release`. */
  readonly lost: Promise<string>;
  readonly #key: LeaseKey;
  readonly #ttlMs: number;
  readonly #reportLoss: (reason: string) => void;
  #sequence: number;
  #until: { readonly wall: number; readonly monotonic: number };
  #over = false;
  #renewal: NodeJS.Timeout | undefined;

  private constructor(
    key: LeaseKey,
    ttlMs: number,
    sequence: number,
    since: { readonly wall: number; readonly monotonic: number },
  ) {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.lost = promise;
    this.#reportLoss = resolve;
    this.#key = key;
    this.#ttlMs = ttlMs;
    this.epoch = sequence;
    this.#sequence = sequence;
    this.#until = this.#lifeFrom(since);
    this.#schedule(ttlMs / RENEWALS_PER_TTL);
  }

  /** Waits until the lease is ours. Throws when `signal` aborts, and when the server refuses the key for good. */
  static async acquire(options: LeaseOptions): Promise<Lease> {
    if (options.ttlMs < TTL_MS_MIN) throw new Error(`a lease lives at least ${TTL_MS_MIN} ms`);
    const key = new LeaseKey(options);
    let expected = 0;
    let told = false;
    for (;;) {
      options.signal?.throwIfAborted();
      const since = now();
      const answer = await key.put(expected, options.ttlMs);
      if (answer.kind === 'stored') return new Lease(key, options.ttlMs, answer.sequence, since);
      const found = await key.read();
      if (found !== undefined && found !== 'none') {
        // Stored, but the answer got lost; its life began no earlier than `since`.
        if (found.entry.nonce === key.nonce) return new Lease(key, options.ttlMs, found.sequence, since);
        expected = found.entry.released === true ? found.sequence : 0;
        if (expected > 0) continue;
        if (!told) options.onWaiting?.(found.entry.holder);
        told = true;
      } else if (found === 'none') {
        expected = 0;
      }
      await sleep(WAIT_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
    }
  }

  /** Whether we may act as the holder, right now. */
  get held(): boolean {
    const { wall, monotonic } = now();
    return !this.#over && wall < this.#until.wall && monotonic < this.#until.monotonic;
  }

  /** Gives it up, so that a successor need not wait. */
  async release(): Promise<void> {
    if (this.#over) return;
    this.#end();
    await this.#key.put(this.#sequence, TTL_MS_MIN, true).catch(() => undefined);
  }

  #lifeFrom(since: { readonly wall: number; readonly monotonic: number }): {
    readonly wall: number;
    readonly monotonic: number;
  } {
    const life = this.#ttlMs * MICROS_PER_MS;
    return { wall: since.wall + life, monotonic: since.monotonic + life };
  }

  #schedule(ms: number): void {
    this.#renewal = setTimeout(() => void this.#renew(), ms);
    this.#renewal.unref();
  }

  #end(): void {
    this.#over = true;
    clearTimeout(this.#renewal);
  }

  #lose(reason: string): void {
    if (this.#over) return;
    this.#end();
    this.#reportLoss(reason);
  }

  async #renew(): Promise<void> {
    if (!this.held) return this.#lose('it could not be renewed in time');
    const since = now();
    const answer = await Promise.race([this.#key.put(this.#sequence, this.#ttlMs), this.#expiry()]).catch(
      (error: unknown) => error as Error,
    );
    if (this.#over) return;
    if (answer instanceof Error) return this.#lose(answer.message);
    if (answer.kind === 'stored') return this.#renewed(answer.sequence, since);
    if (answer.kind === 'conflict' && !(await this.#isOurs())) return;
    this.#schedule(RETRY_MS);
  }

  #renewed(sequence: number, since: { readonly wall: number; readonly monotonic: number }): void {
    // An answer after the end changes nothing: somebody may have taken over in between.
    if (!this.held) return this.#lose('it could not be renewed in time');
    this.#sequence = sequence;
    this.#until = this.#lifeFrom(since);
    this.#schedule(this.#ttlMs / RENEWALS_PER_TTL);
  }

  /** After a conflict: a renewal whose answer got lost moved the revision, or another holder did. */
  async #isOurs(): Promise<boolean> {
    const found = await this.#key.read();
    if (found === undefined) return true;
    if (found !== 'none' && found.entry.nonce === this.#key.nonce) {
      this.#sequence = found.sequence;
      return true;
    }
    this.#lose(found === 'none' ? 'it expired at the server' : `${found.entry.holder} holds it`);
    return false;
  }

  async #expiry(): Promise<PutAnswer> {
    const { wall, monotonic } = now();
    const leftMicros = Math.min(this.#until.wall - wall, this.#until.monotonic - monotonic);
    await sleep(Math.max(0, leftMicros / MICROS_PER_MS), undefined, { ref: false });
    return { kind: 'unknown' };
  }
}

function now(): { readonly wall: number; readonly monotonic: number } {
  return { wall: wallMicros(), monotonic: monotonicMicros() };
}
