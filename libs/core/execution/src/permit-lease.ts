import type { TradePermit } from '@portcullis/contracts';
import { derivedId } from '@portcullis/kernel';
import { BRIDGE_LIMITS } from './bridge-config.ts';

interface Sent {
  readonly n: number;
  readonly at: number;
  readonly monotonicAt: number;
}

interface Held {
  readonly permit: TradePermit;
  readonly n: number;
  readonly endsAt: number;
  readonly endsMonotonicAt: number;
}

/**
 * The bridge's lease on trading. A permit's life counts from the moment we sent the heartbeat that it echoes, never from
 * when it was made or came in, on the wall and the monotonic clock; whichever ends first ends it.
 */
export class PermitLease {
  readonly #lifeMicrosMax: number;
  readonly #sent = new Map<string, Sent>();
  #held: Held | undefined;
  #count = 0;
  /** When the last permit ended on the monotonic clock, or when waiting for the first one began. */
  #endedMonotonicAt = 0;

  constructor(lifeMicrosMax: number) {
    this.#lifeMicrosMax = lifeMicrosMax;
  }

  /** Forgets everything: a new epoch begins without a permit. */
  restart(monotonicAt: number): void {
    this.#sent.clear();
    this.#held = undefined;
    this.#count = 0;
    this.#endedMonotonicAt = monotonicAt;
  }

  /** The nonce of the heartbeat that is sent now. */
  heartbeat(
    account: string,
    bridgeEpoch: number,
    clock: { readonly at: number; readonly monotonicAt: number },
  ): string {
    this.#count += 1;
    const nonce = derivedId('heartbeat', account, bridgeEpoch, this.#count);
    this.#sent.set(nonce, { n: this.#count, at: clock.at, monotonicAt: clock.monotonicAt });
    for (const oldest of this.#sent.keys()) {
      if (this.#sent.size <= BRIDGE_LIMITS.heartbeatsMax) break;
      this.#sent.delete(oldest);
    }
    return nonce;
  }

  knows(echo: string): boolean {
    return this.#sent.has(echo);
  }

  /** Takes a permit whose signature, account and epochs were checked. An answer to an older heartbeat changes nothing. */
  take(permit: TradePermit): void {
    const sent = this.#sent.get(permit.echo);
    if (sent === undefined) return;
    const held = this.#held;
    const tighter = held !== undefined && sent.n === held.n && held.permit.mode === 'FULL' && permit.mode === 'REDUCE';
    if (held !== undefined && sent.n <= held.n && !tighter) return;
    const life = Math.min(permit.ttlMicros, this.#lifeMicrosMax);
    this.#held = { permit, n: sent.n, endsAt: sent.at + life, endsMonotonicAt: sent.monotonicAt + life };
    this.#endedMonotonicAt = Math.max(this.#endedMonotonicAt, sent.monotonicAt + life);
  }

  /** The permit that lives at this moment, if any. At its last microsecond it is dead. */
  live(clock: { readonly at: number; readonly monotonicAt: number }): TradePermit | undefined {
    const held = this.#held;
    return held !== undefined && clock.at < held.endsAt && clock.monotonicAt < held.endsMonotonicAt
      ? held.permit
      : undefined;
  }

  /** Microseconds until the permit ends; 0 without one. */
  remainingMicros(clock: { readonly at: number; readonly monotonicAt: number }): number {
    const held = this.#held;
    return held === undefined
      ? 0
      : Math.max(0, Math.min(held.endsAt - clock.at, held.endsMonotonicAt - clock.monotonicAt));
  }

  /** How long there has been no permit, by the clock that never jumps. */
  absentMicros(monotonicAt: number): number {
    return Math.max(0, monotonicAt - this.#endedMonotonicAt);
  }
}
