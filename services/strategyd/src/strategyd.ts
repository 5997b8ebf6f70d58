import { RunStore, SweepStore, WorkerPool } from '@portcullis/backtests';
import { answerServiceInfo, type BusConnection } from '@portcullis/bus';
import { UserError } from '@portcullis/config';
import { type ObjectStore, openObjectStore } from '@portcullis/objects';
import { BusQueue } from './inbound/bus-queue.ts';
import { listenToTalk } from './inbound/bus-talk.ts';
import { Announcer } from './outbound/announcer.ts';
import { Artefacts } from './outbound/artefacts.ts';
import { StrategydHeartbeat } from './outbound/heartbeat.ts';
import type { LabNumbers } from './outbound/metrics.ts';
import { RequestStore } from './outbound/request-store.ts';
import { Dispatcher } from './state/dispatcher.ts';
import { Lab } from './state/lab.ts';
import { LocalQueue } from './state/local-queue.ts';
import { RunTable } from './state/run-table.ts';
import { TaskWork } from './state/task-work.ts';
import type { StrategydConfig } from './strategyd.config.ts';

export interface Log {
  warn(what: string): void;
}

/** One replica: its queue, its workers, its list. */
export class Strategyd {
  readonly config: StrategydConfig;
  readonly lab: Lab;
  readonly artefacts: Artefacts;
  readonly numbers: LabNumbers;
  readonly #bus: BusConnection | undefined;
  readonly #log: Log;
  readonly #store: ObjectStore;
  readonly #requests: RequestStore;
  readonly #pool: WorkerPool;
  readonly #table = new RunTable();
  readonly #work: TaskWork;
  readonly #dispatcher: Dispatcher;
  readonly #local: LocalQueue | undefined;
  #heartbeat: StrategydHeartbeat | undefined;
  #endTalk: () => void = () => undefined;
  #unanswer: () => void = () => undefined;
  #deadLetters = 0;
  #isRunning = false;

  private constructor(config: StrategydConfig, bus: BusConnection | undefined, store: ObjectStore, log: Log) {
    this.config = config;
    this.#bus = bus;
    this.#store = store;
    this.#log = log;
    this.artefacts = new Artefacts(store);
    const requests = new RequestStore(store, config.instance);
    this.#requests = requests;
    const { workers, memoryMb, timeBudgetMs } = config;
    this.#pool = new WorkerPool({ workers, memoryMb, timeBudgetMs });
    this.#local = bus === undefined ? new LocalQueue(requests) : undefined;
    const source =
      bus === undefined ? (this.#local as LocalQueue) : new BusQueue(bus, (reason) => this.#buried(reason));
    const announcer = new Announcer(bus, (progress) => this.#table.note(progress));
    const common = { config, requests, source, announcer, sweeps: new SweepStore(store), runs: new RunStore(store) };
    this.#work = new TaskWork({ ...common, pool: this.#pool });
    this.#dispatcher = new Dispatcher(
      source,
      workers,
      (task) => this.#work.run(task),
      (error) => log.warn(`the queue cannot be read: ${error.message}`),
    );
    this.lab = new Lab({ ...common, table: this.#table, work: this.#work });
    this.numbers = {
      running: () => this.#dispatcher.running,
      ends: () => this.#table.ends,
      deadLetters: () => this.#deadLetters,
    };
  }

  /** Throws a {@link UserError} when the store cannot be used. */
  static async open(config: StrategydConfig, bus: BusConnection | undefined, log: Log): Promise<Strategyd> {
    const store = openObjectStore(config.store);
    try {
      await new RequestStore(store, config.instance).probe();
      return new Strategyd(config, bus, store, log);
    } catch (cause) {
      await store.close();
      await bus?.close();
      if (cause instanceof UserError) throw cause;
      throw new UserError(`the store ${store.url} cannot be used (${(cause as Error).message})`, 'correct store', {
        cause,
      });
    }
  }

  notReady(): string | undefined {
    if (!this.#isRunning) return 'starting or stopping';
    return this.#bus === undefined || this.#bus.link.up ? undefined : 'the bus does not answer';
  }

  async start(): Promise<void> {
    const bus = this.#bus;
    // The list fills by the way: nothing waits for it.
    void this.#recall();
    if (bus !== undefined) {
      const description = { name: 'strategyd', version: '0.1.0', description: 'runs backtests and sweeps' };
      this.#unanswer = answerServiceInfo(bus, description);
      this.#heartbeat = new StrategydHeartbeat(bus, this.config.instance, () => ({
        running: this.#dispatcher.running,
        ...this.#table.ends,
      }));
      this.#endTalk = listenToTalk(bus, {
        onCancel: (cancel) => {
          this.lab.cancelled(cancel);
          // Of somebody who only speaks: what waits has to know it too.
          void this.#requests.putCancel(cancel).catch(() => undefined);
        },
        onProgress: (progress) => this.#table.note(progress),
        onNoise: () => void (this.#deadLetters += 1),
      });
    }
    await this.#local?.reopen();
    this.#dispatcher.start();
    this.#isRunning = true;
  }

  async #recall(): Promise<void> {
    try {
      for await (const end of this.#requests.recalled()) this.#table.recall(end);
    } catch (error) {
      this.#log.warn(`earlier requests are not in the list: ${(error as Error).message}`);
    }
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#work.drain();
    await this.#dispatcher.close();
    await this.#pool.close();
    this.#endTalk();
    this.#heartbeat?.stop();
    this.#unanswer();
    await this.#bus?.close();
    await this.#store.close();
  }

  #buried(reason: string): void {
    this.#deadLetters += 1;
    this.#log.warn(`a message of the queue is no request: ${reason}`);
  }
}
