import { type ChildProcess, fork } from 'node:child_process';
import { BacktestError } from '../backtest-error.ts';
import { EXITED, type FromWorker, type ToWorker } from './worker-messages.ts';
import { moduleArguments, moduleUrl } from './worker-modules.ts';

/**
 * One worker is to be one core. Events die young, batch by batch; V8 sees a batch outlive a collection, would allocate all
 * later ones among the old, and collect those on all cores: two workers were as fast as 1.2, with this they are as fast as 1.8.
 */
const GARBAGE = ['--no-allocation-site-pretenuring', '--single-threaded-gc'];

/** What V8 begins with when it tells that a heap is full; it is of no use to whoever wrote the strategy. */
const HEAP_REPORT = '<--- Last few GCs';
const OUT_OF_MEMORY = /out of memory|allocation failed/i;
const NO_NEWS = new RegExp(`${HEAP_REPORT}|${EXITED}`);
/** Of what the process said last, for the reason of its end. */
const TAIL_CHARACTERS = 8192;

export interface ProcessEvents {
  readonly onMessage: (message: FromWorker) => void;
  /** Once, with what the process died of. */
  readonly onEnd: (error: BacktestError) => void;
}

/**
 * The process of one worker. A process, because nothing less holds what a strategy may do: a thread whose heap is full, or
 * that calls `process.abort`, takes all other threads with it, and a thread has no bound for memory outside its heap.
 */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  #tail = '';

  constructor(memoryMb: number, { onMessage, onEnd }: ProcessEvents) {
    this.#child = fork(moduleUrl('worker-main'), [String(memoryMb)], {
      execArgv: [...moduleArguments, `--max-old-space-size=${memoryMb}`, ...GARBAGE],
      serialization: 'advanced',
      // What a strategy prints is for people; what this process prints may be for programs.
      stdio: ['ignore', 2, 'pipe', 'ipc'],
    });
    this.#child.on('message', (message) => onMessage(message as FromWorker));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#heard(text));
    this.#gone = new Promise((done) => {
      const end = (error: BacktestError): void => {
        onEnd(error);
        done();
      };
      this.#child.once('error', (cause) => {
        end(new BacktestError('crash', `the worker does not start: ${cause.message}`, { cause }));
      });
      // After `exit`, when all that it said has arrived.
      this.#child.once('close', (code, signal) => end(this.#explained(memoryMb, code, signal)));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when the message is on its way; what cannot be sent any more is not, and the end of the process says why. */
  send(message: ToWorker): Promise<void> {
    return new Promise((done) => {
      if (!this.#child.connected) return done();
      this.#child.send(message, () => done());
    });
  }

  /** Resolves when the process is gone. Nothing in it has to be asked: what it writes is whole or not there. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  #heard(text: string): void {
    const before = this.#tail.includes(HEAP_REPORT);
    this.#tail = `${this.#tail}${text}`.slice(-TAIL_CHARACTERS);
    const report = text.search(NO_NEWS);
    if (before) return;
    const told = report < 0 ? text : text.slice(0, report).trimEnd();
    if (told !== '') process.stderr.write(report < 0 ? told : `${told}\n`);
  }

  #explained(memoryMb: number, code: number | null, signal: NodeJS.Signals | null): BacktestError {
    if (signal !== null && OUT_OF_MEMORY.test(this.#tail)) {
      const message = `the run needed more than the ${memoryMb} MiB of memory that it may have; it was ended`;
      return new BacktestError('memory', message);
    }
    const [, exited] = this.#tail.split(EXITED);
    const status = exited === undefined ? code : Number.parseInt(exited, 10);
    const how = status === null ? `by ${signal}` : `with exit code ${status}`;
    return new BacktestError('crash', `the worker process ended ${how}`);
  }
}
