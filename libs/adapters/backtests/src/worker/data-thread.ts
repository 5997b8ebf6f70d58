import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { BacktestError } from '../backtest-error.ts';
import { type DataHeader, type DataOrder, errorOf, type FromData, type ToData } from './worker-messages.ts';

/** Where a worker gets its events from. */
export interface OpenedData {
  readonly header: DataHeader;
  readonly port: MessagePort;
}

/**
 * The thread that reads for one worker, one selection after another. It is stopped by being asked: DuckDB, which works in
 * it, does not survive that its thread is ended.
 */
export class DataThread {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #idle: Promise<void> = Promise.resolve();
  #onMessage: ((message: FromData) => void) | undefined;
  #onEnd: ((error: BacktestError) => void) | undefined;
  #failure: BacktestError | undefined;

  constructor(file: URL, execArgv: string[]) {
    this.#worker = new Worker(file, { execArgv });
    this.#worker.on('message', (message: FromData) => this.#onMessage?.(message));
    this.#worker.on('error', (cause) => {
      this.#end(new BacktestError('crash', `the data cannot be read: ${(cause as Error).message}`, { cause }));
    });
    this.#ended = new Promise((done) => {
      this.#worker.once('exit', () => {
        this.#end(new BacktestError('crash', 'the thread that reads the data has ended'));
        done();
      });
    });
  }

  get isUsable(): boolean {
    return this.#failure === undefined;
  }

  /** Opens a selection; its events come out of the port. Rejects with what `openDataset` throws. */
  async open(order: Omit<DataOrder, 'port'>): Promise<OpenedData> {
    await this.#idle;
    const { port1, port2 } = new MessageChannel();
    let idle = (): void => {};
    this.#idle = new Promise((done) => (idle = done));
    const header = await new Promise<DataHeader>((done, fail) => {
      this.#onEnd = (error) => {
        fail(error);
        idle();
      };
      if (this.#failure !== undefined) this.#onEnd(this.#failure);
      this.#onMessage = (message) => {
        if (message.kind === 'opened') done(message.header);
        else if (message.kind === 'failed') fail(errorOf(message.failure));
        else idle();
      };
      this.#post({ kind: 'open', order: { ...order, port: port2 } }, [port2]);
    });
    return { header, port: port1 };
  }

  /** Stops what is being read; resolves when it is closed. */
  async stop(): Promise<void> {
    this.#post({ kind: 'stop' });
    await this.#idle;
  }

  async close(): Promise<void> {
    this.#post({ kind: 'close' });
    await this.#ended;
  }

  #post(message: ToData, transfer: MessagePort[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #end(error: BacktestError): void {
    this.#failure ??= error;
    this.#onEnd?.(this.#failure);
  }
}
