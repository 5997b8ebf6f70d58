import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'tools/cli/bin/portcullis.mjs');
const POLL_MS = 100;

/** What `up` writes down for other commands. */
export interface UpFile {
  readonly pid: number;
  readonly dashboard: string;
  readonly natsUrl: string;
  /** Folder of the bus keys. */
  readonly seedsDir: string;
  readonly stateDir: string;
  readonly processes: Readonly<Record<string, number>>;
}

/** The last line of `up --json`. */
export interface Summary {
  readonly marketEvents: number;
  readonly intents: number;
  readonly approved: number;
  readonly denied: number;
  readonly fills: number;
  readonly venueOrders: number;
  readonly venueOrdersWithoutVerdict: number;
  readonly venueOrdersTwice: number;
  readonly unresolved: number;
  readonly positionBreaks: number;
  readonly deadLetters: number;
  readonly restarts: Readonly<Record<string, number>>;
}

/** Counters of `GET /v1/status` that only grow. */
export interface Progress {
  readonly intents: number;
  readonly approved: number;
  readonly submitted: number;
  readonly fills: number;
  readonly marketEvents: number;
  readonly deadLetters: number;
}

/** What the tests read of `GET /v1/status`. */
export interface Status {
  readonly counters: Progress;
  readonly controls: readonly {
    readonly tradingState: string;
    readonly latches: readonly { readonly scope: string; readonly epoch: number }[];
  }[];
  readonly recon: readonly { readonly openOrders: number }[];
  readonly runs: readonly { readonly workingOrders: number }[];
}

/** The whole platform, started as a person would start it, in a folder of its own. */
export class RunningPlatform {
  readonly dir: string;
  readonly #child: ChildProcess;
  #output = '';
  #errors = '';

  constructor(args: readonly string[], dir = mkdtempSync(join(tmpdir(), 'portcullis-e2e-'))) {
    this.dir = dir;
    if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing`);
    this.#child = spawn(process.execPath, [PROGRAM, 'up', '--json', '--port', '0', '--dir', dir, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
  }

  get errors(): string {
    return this.#errors;
  }

  /** What `up` wrote down, once it did. */
  async file(): Promise<UpFile> {
    return this.until('up.json', () => {
      const path = join(this.dir, 'up.json');
      return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as UpFile) : undefined;
    });
  }

  /** The observer's status; undefined while it does not answer. */
  async status(): Promise<Status | undefined> {
    const { dashboard } = await this.file();
    try {
      const answer = await fetch(new URL('/v1/status', dashboard));
      return (await answer.json()) as Status;
    } catch {
      return undefined;
    }
  }

  async progress(): Promise<Progress | undefined> {
    return (await this.status())?.counters;
  }

  /** Waits until an order was filled. */
  async trading(): Promise<Progress> {
    return this.until('a fill', async () => {
      const now = await this.progress();
      return now !== undefined && now.fills > 0 ? now : undefined;
    });
  }

  /** Runs another command of the same program beside it. */
  async command(
    ...args: string[]
  ): Promise<{ readonly code: number | null; readonly answer: Record<string, unknown>; readonly errors: string }> {
    const child = spawn(process.execPath, [PROGRAM, ...args, '--dir', this.dir, '--json'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    const last = output.trim().split('\n').at(-1) ?? '';
    return {
      code: child.exitCode,
      answer: last.startsWith('{') ? (JSON.parse(last) as Record<string, unknown>) : {},
      errors,
    };
  }

  /** Polls until `probe` gives something. Fails with the platform's own errors when it ends first, or after `msMax`. */
  async until<T>(what: string, probe: () => T | undefined | Promise<T | undefined>, msMax = 60_000): Promise<T> {
    const deadline = Date.now() + msMax;
    while (Date.now() < deadline) {
      const found = await probe();
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null) break;
      await sleep(POLL_MS);
    }
    throw new Error(`${what} did not come:\n${this.#errors.slice(-4000)}`);
  }

  /** Ends one of the platform's own processes as a crash would. */
  async crash(name: string): Promise<void> {
    const { processes } = await this.file();
    const pid = processes[name];
    if (pid === undefined) throw new Error(`no process is called ${name}: ${Object.keys(processes).join(', ')}`);
    process.kill(pid, 'SIGKILL');
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  /** Waits for the end and gives the exit code and the last line of standard output. */
  async end(): Promise<{ readonly code: number | null; readonly summary: Summary }> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    const last = this.#output.trim().split('\n').at(-1) ?? '';
    if (!last.startsWith('{')) {
      throw new Error(`no summary; the platform said:\n${this.#output}\n${this.#errors.slice(-4000)}`);
    }
    return { code: this.#child.exitCode, summary: JSON.parse(last) as Summary };
  }

  /** Stops what is left and removes the folder. */
  async remove(): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'exit');
    }
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
