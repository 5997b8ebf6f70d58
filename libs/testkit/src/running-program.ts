import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';

const running = new Set<ChildProcess>();
// A test run that is cut off leaves no program behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A program of this repository in a node of its own. What it says is kept whole, so it is for programs of few words. */
export class RunningProgram {
  /** Standard output so far. */
  out = '';
  /** Standard error so far. */
  err = '';
  /** Standard output and standard error so far, as they came. */
  output = '';
  /** The exit code once everything it said is here; null after a signal. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  /** Starts `file` with `args`; `nodeArgs` go to node itself. Throws where there is no such file. */
  constructor(file: string, args: readonly string[], nodeArgs: readonly string[] = []) {
    if (!existsSync(file)) throw new Error(`${file} is missing: build first (npm test does)`);
    const child = spawn(process.execPath, [...nodeArgs, file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk: Buffer) => this.#hear('out', chunk));
    child.stderr.on('data', (chunk: Buffer) => this.#hear('err', chunk));
    running.add(child);
    child.once('exit', () => running.delete(child));
    this.ended = once(child, 'close').then(([code]) => code as number | null);
    this.#child = child;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Signals it, unless it has ended already, and waits for its end. */
  async end(signal: 'SIGINT' | 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return this.ended;
  }

  #hear(from: 'out' | 'err', chunk: Buffer): void {
    this[from] += chunk.toString();
    this.output += chunk.toString();
  }
}
