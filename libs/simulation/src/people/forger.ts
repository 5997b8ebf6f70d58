import type { ApprovedVerdict, SignedVerdict } from '@portcullis/contracts';
import { signVerdict } from '@portcullis/authority';
import { clientOrderIdOf, venueOrderHash } from '@portcullis/execution';
import { type SeededRandom, derivedId, keyedHashSigner } from '@portcullis/kernel';
import type { Host } from '../nodes/process.ts';

const HOUR_MICROS = 3_600_000_000;
const LIFE_MICROS = 2_000_000;

/**
 * Somebody who can write to the stream of verdicts and does not have the gate's key. Each forgery is right in all but
 * its signature: made up, copied from a real verdict, or made with a key of their own.
 */
export class Forger {
  readonly #host: Host;
  readonly #random: SeededRandom;
  #last: { readonly subject: string; readonly body: string } | undefined;
  #count = 0;

  constructor(host: Host) {
    this.#host = host;
    this.#random = host.random('forger');
    host.bus.onStored(({ stream, subject, body }) => {
      if (stream === 'VERDICTS' && body.includes('"decision":"approved"')) this.#last = { subject, body };
    });
  }

  start(): void {
    const { forgeriesPerHour } = this.#host.faults.drawn;
    if (forgeriesPerHour === 0) return;
    this.#host.scheduler.after(this.#random.exponential(HOUR_MICROS / forgeriesPerHour), () => {
      this.start();
      if (this.#host.faults.current.forgeriesPerHour > 0) this.#forge();
    });
  }

  #forge(): void {
    if (this.#last === undefined) return;
    const { subject } = this.#last;
    const { verdict, signature } = JSON.parse(this.#last.body) as SignedVerdict & { readonly verdict: ApprovedVerdict };
    this.#count += 1;
    const now = this.#host.scheduler.now;
    const intentId = derivedId('forged', this.#count);
    const venueOrder = { ...verdict.venueOrder, clientOrderId: clientOrderIdOf(verdict.runId, intentId) };
    const forged: ApprovedVerdict = {
      ...verdict,
      verdictId: derivedId('forged verdict', this.#count),
      nonce: derivedId('forged nonce', this.#count),
      intentId,
      venueOrder,
      venueOrderHash: venueOrderHash(venueOrder),
      issuedAt: now,
      expiresAt: now + LIFE_MICROS,
    };
    const stranger = keyedHashSigner(verdict.keyId, 'not the secret of the gate');
    const signed = this.#random.chance(0.5)
      ? signVerdict(stranger, forged)
      : { version: 1, verdict: forged, signature };
    const id = `forged ${this.#count}`;
    if (this.#host.bus.publish('forger', { stream: 'VERDICTS', subject, id, body: JSON.stringify(signed) })) {
      this.#host.marks.sometimes('forged verdict published');
    }
  }
}
