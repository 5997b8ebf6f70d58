import type { BusConnection, PublishQueue } from '@portcullis/bus';
import { type Heartbeat, type OrderEvent, type ReconSnapshot, subjects } from '@portcullis/contracts';
import type { BridgeEffect } from '@portcullis/execution';
import { derivedId } from '@portcullis/kernel';
import type { Performer } from '../state/bridge-shell.ts';
import type { PublishedMark } from '../state/published-mark.ts';

/** The core's messages on the bus: order events and snapshots are stored in order, heartbeats only said. */
export class BusOutbound implements Performer {
  readonly #bus: BusConnection;
  readonly #queue: PublishQueue;
  readonly #mark: PublishedMark;

  constructor(parts: { bus: BusConnection; queue: PublishQueue; mark: PublishedMark }) {
    this.#bus = parts.bus;
    this.#queue = parts.queue;
    this.#mark = parts.mark;
  }

  perform(effect: BridgeEffect, seq: number): void {
    if (effect.type === 'order-event') this.#orderEvent(effect.event, seq);
    else if (effect.type === 'recon') this.#recon(effect.snapshot, seq);
    else if (effect.type === 'heartbeat') this.#heartbeat(effect.heartbeat);
  }

  #orderEvent(event: OrderEvent, seq: number): void {
    this.#store(seq, { subject: subjects.order(event.account, event.runId), body: event, messageId: event.eventId });
  }

  #recon(snapshot: ReconSnapshot, seq: number): void {
    const messageId = derivedId('recon', snapshot.account, snapshot.bridgeEpoch, snapshot.head.hash);
    this.#store(seq, { subject: subjects.recon(snapshot.account), body: snapshot, messageId });
  }

  /** Ordered by subject and retried until stored; a message that never is stays unmarked, and the next start publishes it again. */
  #store(seq: number, publication: { subject: string; body: OrderEvent | ReconSnapshot; messageId: string }): void {
    this.#mark.begin(seq);
    if (this.#queue.full) {
      throw new Error('the bus has not taken our messages for too long: start again to publish them from the journal');
    }
    this.#stored(publication).then(
      () => this.#mark.done(seq),
      () => undefined,
    );
  }

  /** Also a queue that is closed already only rejects. */
  async #stored(publication: Parameters<PublishQueue['enqueue']>[0]): Promise<void> {
    await this.#queue.enqueue(publication);
  }

  #heartbeat(heartbeat: Heartbeat): void {
    // A heartbeat that comes late is worth nothing, so it is never kept for later.
    if (this.#bus.link.up && !this.#bus.nats.isClosed()) {
      this.#bus.nats.publish(subjects.heartbeat(heartbeat.service, heartbeat.instance), JSON.stringify(heartbeat));
    }
  }
}
