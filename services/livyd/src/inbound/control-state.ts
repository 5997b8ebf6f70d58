import { Logger } from '@nestjs/common';
import { type BusConnection, type Decoder, jsonDecoder, latestValue } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import { type ControlState, controlStateSchema, subjects } from '@portcullis/contracts';
import type { Runs } from '../state/runs.ts';

const decode: Decoder<ControlState> = jsonDecoder(controlStateSchema);

/**
 * Follows riskd's projection of the latches. It travels unsigned, and that is enough here: a run that wrongly speaks is
 * denied by the gate, a run that wrongly keeps silent does no harm.
 */
export class ControlStateFollower {
  readonly #logger = new Logger('control-state');
  readonly #bus: BusConnection;
  readonly #runs: Runs;
  readonly #last = new Map<string, string>();

  constructor(bus: BusConnection, runs: Runs) {
    this.#bus = bus;
    this.#runs = runs;
  }

  /** Reads the state of every account now and follows it from here on, also after a reconnect. */
  async start(): Promise<void> {
    this.#bus.nats.subscribe(subjects.controlState('*'), {
      callback: (error, message) => {
        if (error === null) this.#take(message.data, message.subject);
      },
    });
    this.#bus.link.onReconnect(() => void this.#read());
    await this.#read();
  }

  async #read(): Promise<void> {
    for (const account of new Set(this.#runs.hosts.map((host) => host.account))) {
      const subject = subjects.controlState(account);
      const value = await latestValue(this.#bus, `control.${account}`).catch(() => undefined);
      if (value !== undefined) this.#take(value, subject);
    }
  }

  #take(bytes: Uint8Array, subject: string): void {
    const state = decode(bytes, subject);
    if (!state.ok) {
      this.#logger.warn(`${subject} was left out: ${state.error}`);
      return;
    }
    const { account, latches } = state.value;
    const latchedScopes = latches.map(({ scope }) => scope);
    // The projection is repeated for other reasons too; only a change is an input.
    const spelled = JSON.stringify(latchedScopes);
    if (this.#runs.stopping || this.#last.get(account) === spelled) return;
    this.#last.set(account, spelled);
    this.#runs.control({ kind: 'state', latchedScopes }, wallMicros(), account);
  }
}
