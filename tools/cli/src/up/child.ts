import { type ChildProcess, spawn } from 'node:child_process';
import { UserError } from '@portcullis/config';
import { BoundedLog } from './bounded-log.ts';

const BACKOFF_MS_MIN = 250;
const BACKOFF_MS_MAX = 5000;
/** A process that lived so long was well; its next end starts the waiting anew. */
const WELL_MS = 10_000;
const GRACE_MS = 5000;
/** How often its log is looked at. */
const LOG_MS = 5000;

export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly logFile: string;
}

/** Hears of what happens to a child, for the summary and for the file that other commands read. */
export interface ChildEvents {
  readonly started?: (name: string, pid: number) => void;
  readonly ended?: (name: string, how: string) => void;
}

/** A process that is started again whenever it ends, until it is stopped. */
export class Child {
  readonly spec: ChildSpec;
  readonly #events: ChildEvents;
  readonly #log: BoundedLog;
  #process: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #backoffMs = BACKOFF_MS_MIN;
  #restarts = 0;
  #isStopping = false;
  readonly #logTimer: NodeJS.Timeout;

  constructor(spec: ChildSpec, events: ChildEvents = {}) {
    this.spec = spec;
    this.#events = events;
    this.#log = new BoundedLog(spec.logFile);
    this.#logTimer = setInterval(() => this.#log.limit(), LOG_MS);
    this.#logTimer.unref();
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** How often it was started again. */
  get restarts(): number {
    return this.#restarts;
  }

  get running(): boolean {
    return this.#process !== undefined;
  }

  /** The end of what it printed. */
  get tail(): string {
    return this.#log.tail;
  }

  start(): void {
    this.#startedAt = Date.now();
    const { name, command, args, env } = this.spec;
    // Its own group: a terminal's Ctrl-C goes to us alone, and we stop the processes in their order.
    const child = this.#log.lend((fd) =>
      spawn(command, [...args], { env: env ?? process.env, stdio: ['ignore', fd, fd], detached: true }),
    );
    this.#process = child;
    child.once('error', (error) => this.#ended(child, `cannot be started: ${error.message}`));
    child.once('exit', (code, signal) =>
      this.#ended(child, signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
    );
    if (child.pid !== undefined) this.#events.started?.(name, child.pid);
  }

  /** Ends it by SIGTERM, and by SIGKILL when it is still there after five seconds. Resolves once it is gone. */
  async stop(graceMs = GRACE_MS): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    if (child?.pid !== undefined) {
      const gone = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await gone;
      clearTimeout(patience);
    }
    clearInterval(this.#logTimer);
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#process !== child) return;
    this.#process = undefined;
    if (this.#isStopping) return;
    this.#log.note(`${this.spec.name} ${how}`);
    this.#events.ended?.(this.spec.name, how);
    if (Date.now() - this.#startedAt >= WELL_MS) this.#backoffMs = BACKOFF_MS_MIN;
    this.#timer = setTimeout(() => {
      this.#restarts += 1;
      this.start();
    }, this.#backoffMs);
    this.#backoffMs = Math.min(BACKOFF_MS_MAX, this.#backoffMs * 2);
  }
}

/** Waits until `isReady`; throws {@link UserError} with the end of the child's output when that takes longer than `withinMs`. */
export async function untilReady(
  child: Child,
  isReady: () => Promise<boolean>,
  { withinMs, signal }: { readonly withinMs: number; readonly signal?: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isReady())) {
    signal?.throwIfAborted();
    if (Date.now() > deadline) {
      const said = child.tail === '' ? 'it printed nothing' : `it said:\n${child.tail}`;
      throw new UserError(
        `${child.spec.name} was not ready within ${withinMs / 1000} s; ${said}`,
        `its log is ${child.spec.logFile}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
