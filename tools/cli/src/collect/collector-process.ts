import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { UserError } from '@portcullis/config';
import { programOf } from '../up/tools.ts';

/** What of `/v1/status`, and of the collector's last line, is shown. */
export interface CollectorStatus {
  readonly startedAt: number;
  readonly at: number;
  readonly events: Readonly<Record<string, number>>;
  readonly gaps: Readonly<Record<string, number>>;
  readonly broken: readonly string[];
  readonly uploader: Readonly<Record<string, unknown>> | null;
  readonly eventLoopDelayMicros: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** The collector's service as a child of this process, its port, and what it said last. */
export class CollectorProcess {
  readonly #child: ChildProcess;
  readonly #say: (text: string) => void;
  #errors = '';
  #port: number | undefined;
  #last: CollectorStatus | undefined;
  readonly #exit: Promise<unknown>;

  constructor(configFile: string, say: (text: string) => void) {
    this.#say = say;
    // Its own group: a terminal's Ctrl-C goes to us alone, and it is stopped once.
    this.#child = spawn(process.execPath, [...process.execArgv, programOf('collector'), '--config', configFile], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#exit = once(this.#child, 'exit');
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#errors = (this.#errors + chunk.toString()).slice(-4000)));
    if (this.#child.stdout === null) return;
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#read(line));
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Undefined while it does not answer. */
  async status(): Promise<CollectorStatus | undefined> {
    if (this.#port === undefined) return undefined;
    try {
      const answer = await fetch(`http://127.0.0.1:${this.#port}/v1/status`, { signal: AbortSignal.timeout(2000) });
      return (await answer.json()) as CollectorStatus;
    } catch {
      return undefined;
    }
  }

  /** Lets it drain and gives what it said at its end. Throws a {@link UserError} with its own words when it failed. */
  async stop(): Promise<CollectorStatus> {
    if (this.running) this.#child.kill('SIGTERM');
    await this.#exit;
    if (this.#last !== undefined) return this.#last;
    const [first = 'the collector ended without a word', ...rest] = this.#errors
      .trim()
      .replace(/^error: /, '')
      .split('\n');
    throw new UserError(first, rest.join(' ').trim() || 'correct the flags or the configuration');
  }

  #read(line: string): void {
    let told: Record<string, unknown>;
    try {
      told = JSON.parse(line) as Record<string, unknown>;
    } catch {
      return;
    }
    if (told['ready'] === 'collector') this.#port = Number(told['port']);
    else if (told['stopped'] === 'collector') {
      const { stopped: _, ...status } = told;
      this.#last = status as unknown as CollectorStatus;
    } else if (told['level'] === 'warn' || told['level'] === 'error') {
      this.#say(`${told['level']}: ${String(told['message'])}`);
    }
  }
}
