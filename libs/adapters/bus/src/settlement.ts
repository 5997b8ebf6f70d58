import type { JsMsg } from '@nats-io/jetstream';
import { consumerLimits, type ConsumerSpec } from '@portcullis/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadLetterOffice } from './dead-letters.ts';
import { contextOf, type Decoder, type Delivered, type DeliveryContext } from './delivery.ts';
import { PoisonMessage } from './handlers.ts';
import { covers } from './subject-pattern.ts';

const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 30_000;
/** Dead letters on their way at the same time; one more waits. */
const BURIALS_MAX = 256;
const TERM_REASON_CHARACTERS_MAX = 200;

/** What to do with the messages of a stream whose subject fits. In batch mode `handle` gets an array of {@link Delivered}. */
export interface Route {
  readonly subject: string;
  readonly decode: Decoder<unknown>;
  readonly handle: (message: unknown, context: DeliveryContext) => Promise<void>;
}

export interface ConsumerCounters {
  readonly handled: number;
  /** Attempts that threw. */
  readonly failed: number;
  readonly deadLetters: number;
  /** Of a subject that no handler takes. */
  readonly ignored: number;
}

export interface SettlementOptions {
  readonly ack: ConsumerSpec['ack'];
  readonly routes: readonly Route[];
  readonly deadLetters: DeadLetterOffice;
  readonly onError: (error: Error, context: DeliveryContext) => void;
  /** Called when a message needs nothing more. */
  readonly onSettled: (delivery: JsMsg) => void;
}

interface Group {
  readonly route: Route;
  readonly entries: Delivered<unknown>[];
  readonly deliveries: JsMsg[];
}

function retryMs(attempt: number): number {
  return Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (attempt - 1));
}

/** Gives messages to handlers and settles each one: done, again later, or dead. */
export class Settlement {
  readonly #options: SettlementOptions;
  readonly #acks: boolean;
  readonly #burials = new Set<Promise<void>>();
  readonly #stopped = new AbortController();
  readonly #counters = { handled: 0, failed: 0, deadLetters: 0, ignored: 0 };

  constructor(options: SettlementOptions) {
    this.#options = options;
    this.#acks = options.ack !== 'none';
  }

  get counters(): ConsumerCounters {
    return this.#counters;
  }

  /** Ends waiting between attempts, and resolves when the dead letters on their way are stored or given up. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.allSettled(this.#burials);
  }

  async single(delivery: JsMsg): Promise<void> {
    const route = this.#routeOf(delivery.subject);
    if (route === undefined) return this.#ignore(delivery);
    const decoded = route.decode(delivery.data, delivery.subject);
    if (!decoded.ok) return this.#kill(delivery, decoded.error);
    const context = contextOf(delivery);
    try {
      await route.handle(decoded.value, context);
    } catch (error) {
      return this.#failed(delivery, context, error as Error);
    }
    this.#counters.handled++;
    this.#settle(delivery);
  }

  /** Handles and settles what arrived together. Throws when it was stopped before everything was handled; nothing is acknowledged then. */
  async batch(taken: readonly JsMsg[]): Promise<void> {
    for (const group of await this.#decode(taken)) await this.#handleGroup(group);
    // On a durable with ack `all` the last one covers those before it.
    if (this.#options.ack === 'all') taken.at(-1)?.ack();
    for (const delivery of taken) {
      if (this.#options.ack === 'explicit') delivery.ack();
      this.#options.onSettled(delivery);
    }
  }

  #routeOf(subject: string): Route | undefined {
    return this.#options.routes.find((route) => covers(route.subject, subject));
  }

  #settle(delivery: JsMsg): void {
    if (this.#acks) delivery.ack();
    this.#options.onSettled(delivery);
  }

  #ignore(delivery: JsMsg): void {
    this.#counters.ignored++;
    this.#settle(delivery);
  }

  async #failed(delivery: JsMsg, context: DeliveryContext, error: Error): Promise<void> {
    this.#counters.failed++;
    this.#options.onError(error, context);
    if (error instanceof PoisonMessage) return this.#kill(delivery, error.message);
    if (this.#acks && context.deliveryCount >= consumerLimits.deliveriesMax) {
      return this.#kill(delivery, givenUp(error));
    }
    // Without acks the server never delivers again, so there is nothing to ask for.
    if (this.#acks) delivery.nak(retryMs(context.deliveryCount));
    this.#options.onSettled(delivery);
  }

  /** A dead letter first, then the end of the message; its neighbours do not wait for that. */
  async #kill(delivery: JsMsg, reason: string): Promise<void> {
    const burial: Promise<void> = this.#bury(delivery, reason)
      .then(() => {
        if (this.#acks) delivery.term(reason.replaceAll(/[\r\n]/g, ' ').slice(0, TERM_REASON_CHARACTERS_MAX));
        this.#options.onSettled(delivery);
      })
      // Not stored, because the connection closed: the message was not ended either and comes again.
      .catch(() => undefined)
      .finally(() => this.#burials.delete(burial));
    this.#burials.add(burial);
    if (this.#burials.size > BURIALS_MAX) await Promise.race(this.#burials);
  }

  #bury(delivery: JsMsg, reason: string): Promise<void> {
    this.#counters.deadLetters++;
    return this.#options.deadLetters.bury(delivery, reason);
  }

  /** Neighbours of the same route form a group, so that the order over all routes holds. Malformed entries become dead letters. */
  async #decode(taken: readonly JsMsg[]): Promise<Group[]> {
    const groups: Group[] = [];
    for (const delivery of taken) {
      const route = this.#routeOf(delivery.subject);
      if (route === undefined) {
        this.#counters.ignored++;
        continue;
      }
      const decoded = route.decode(delivery.data, delivery.subject);
      if (!decoded.ok) {
        await this.#bury(delivery, decoded.error);
        continue;
      }
      let group = groups.at(-1);
      if (group?.route !== route) {
        group = { route, entries: [], deliveries: [] };
        groups.push(group);
      }
      group.entries.push({ message: decoded.value, context: contextOf(delivery) });
      group.deliveries.push(delivery);
    }
    return groups;
  }

  async #handleGroup({ route, entries, deliveries }: Group): Promise<void> {
    const last = entries.at(-1);
    if (last === undefined) return;
    try {
      await route.handle(entries, last.context);
      this.#counters.handled += entries.length;
    } catch (error) {
      this.#counters.failed++;
      this.#options.onError(error as Error, last.context);
      for (const [i, entry] of entries.entries()) {
        const delivery = deliveries[i];
        if (delivery !== undefined) await this.#handleAlone(route, entry, delivery);
      }
    }
  }

  /** An entry of a batch that failed: again and again, here and not through the server, so that the order holds. */
  async #handleAlone(route: Route, entry: Delivered<unknown>, delivery: JsMsg): Promise<void> {
    const attemptsMax = this.#acks ? consumerLimits.deliveriesMax : 1;
    for (let attempt = 1; ; attempt++) {
      try {
        await route.handle([entry], entry.context);
        this.#counters.handled++;
        return;
      } catch (error) {
        this.#counters.failed++;
        this.#options.onError(error as Error, entry.context);
        if (error instanceof PoisonMessage) return this.#bury(delivery, error.message);
        if (attempt >= attemptsMax) return this.#acks ? this.#bury(delivery, givenUp(error as Error)) : undefined;
      }
      await sleep(retryMs(attempt), undefined, { signal: this.#stopped.signal });
    }
  }
}

function givenUp(error: Error): string {
  return `given up after ${consumerLimits.deliveriesMax} deliveries: ${error.message}`;
}
