import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { type BusConnection, latestValue } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import {
  type ControlState,
  type Heartbeat,
  controlStateSchema,
  heartbeatSchema,
  subjects,
} from '@portcullis/contracts';
import type { z } from 'zod';
import type { ObserverConfig } from '../observer.config.ts';
import { EventStream } from '../outbound/event-stream.ts';
import { Watch } from '../state/watch.ts';
import { BUS, CONFIG } from '../tokens.ts';

const CONTROL_READ_MS = 5000;

/** Hears heartbeats and the control state, which are said once and kept nowhere else for us. */
@Injectable()
export class PresenceListener implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger(PresenceListener.name);
  readonly #watch: Watch;
  readonly #events: EventStream;
  readonly #bus: BusConnection;
  readonly #config: ObserverConfig;
  #stop: () => void = () => undefined;

  constructor(
    @Inject(Watch) watch: Watch,
    @Inject(EventStream) events: EventStream,
    @Inject(BUS) bus: BusConnection,
    @Inject(CONFIG) config: ObserverConfig,
  ) {
    this.#watch = watch;
    this.#events = events;
    this.#bus = bus;
    this.#config = config;
  }

  onModuleInit(): void {
    const { nats } = this.#bus;
    const heartbeats = nats.subscribe(subjects.heartbeat('*', '*'), {
      callback: (_error, { data }) => {
        const heartbeat = this.#parse(heartbeatSchema, data);
        if (heartbeat !== undefined) this.#watch.projection.heartbeat(heartbeat, wallMicros());
      },
    });
    const states = nats.subscribe(subjects.controlState('*'), { callback: (_error, { data }) => this.#control(data) });
    // The bucket repeats changes; what was said while we were away (or before we came) has to be asked for.
    const asking = setInterval(() => void this.#readControl(), CONTROL_READ_MS);
    void this.#readControl();
    this.#stop = () => {
      clearInterval(asking);
      heartbeats.unsubscribe();
      states.unsubscribe();
    };
  }

  onModuleDestroy(): void {
    this.#stop();
  }

  async #readControl(): Promise<void> {
    for (const account of this.#config.accounts) {
      try {
        const value = await latestValue(this.#bus, `control.${account}`);
        if (value !== undefined) this.#control(value);
      } catch (error) {
        this.#logger.warn(`control state of ${account} cannot be read: ${(error as Error).message}`);
      }
    }
  }

  #control(data: Uint8Array): void {
    const state: ControlState | undefined = this.#parse(controlStateSchema, data);
    if (state !== undefined && this.#watch.projection.control(state).length > 0) {
      this.#events.send('status', this.#watch.status());
    }
  }

  #parse<T extends Heartbeat | ControlState>(schema: z.ZodType<T>, data: Uint8Array): T | undefined {
    try {
      return schema.parse(JSON.parse(new TextDecoder().decode(data)));
    } catch {
      this.#watch.projection.malformed();
      return undefined;
    }
  }
}
