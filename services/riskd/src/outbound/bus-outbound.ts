import type { LoggerService } from '@nestjs/common';
import type { BusConnection, PublishQueue } from '@portcullis/bus';
import { type Alert, type ControlState, type SignedPermit, type SignedVerdict, subjects } from '@portcullis/contracts';
import { derivedId } from '@portcullis/kernel';
import type { GateEffect } from '@portcullis/risk';
import type { Outbound } from '../state/gate-shell.ts';

/** The gate's effects on the bus: verdicts and control state are stored, permits only said. */
export class BusOutbound implements Outbound {
  readonly #bus: BusConnection;
  readonly #queue: PublishQueue;
  readonly #logger: LoggerService;

  constructor(bus: BusConnection, queue: PublishQueue, logger: LoggerService) {
    this.#bus = bus;
    this.#queue = queue;
    this.#logger = logger;
  }

  async perform(effect: GateEffect): Promise<void> {
    switch (effect.type) {
      case 'verdict':
        return this.#verdict(effect.signed);
      case 'permit':
        return this.#permit(effect.signed);
      case 'control-state':
        return this.#controlState(effect.state);
      case 'alert':
        return this.#alert(effect.alert);
    }
  }

  async #verdict(signed: SignedVerdict): Promise<void> {
    const { account, runId, verdictId } = signed.verdict;
    await this.#queue.enqueue({ subject: subjects.verdict(account, runId), body: signed, messageId: verdictId });
  }

  #permit(signed: SignedPermit): void {
    // A permit that comes late is worth nothing, so it is never kept for later.
    if (this.#bus.link.up) this.#bus.nats.publish(subjects.permit(signed.permit.account), JSON.stringify(signed));
  }

  async #controlState(state: ControlState): Promise<void> {
    const messageId = derivedId('control-state', state.account, state.gateEpoch, state.head.hash);
    await this.#queue.enqueue({ subject: subjects.controlStateKey(state.account), body: state, messageId });
  }

  #alert(alert: Alert): void {
    const line = { alert: alert.name, severity: alert.severity, summary: alert.summary };
    if (alert.severity === 'critical') this.#logger.error(line);
    else this.#logger.warn(line);
  }
}
