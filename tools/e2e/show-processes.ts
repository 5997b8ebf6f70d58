import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = resolve(import.meta.dirname, '../..');
const POLL_MS = 50;

/** One service of the platform as a process of its own, from its build. */
export class ServiceProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines: Record<string, unknown>[] = [];
  #errors = '';

  constructor(name: string, config: Readonly<Record<string, unknown>>, dir: string) {
    this.name = name;
    const program = join(ROOT, 'services', name, 'dist/main.js');
    if (!existsSync(program)) throw new Error(`${name} is not built: run npm run build`);
    const file = join(dir, `${name}.json`);
    writeFileSync(file, JSON.stringify(config));
    this.#child = spawn(process.execPath, [program, '--config', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#errors = (this.#errors + chunk.toString()).slice(-4000)));
    if (this.#child.stdout !== null) {
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.#read(line));
    }
  }

  /** The line that it printed when it was ready. */
  async ready(): Promise<Record<string, unknown>> {
    return this.until('ready', () => this.#lines.find(({ ready }) => ready === this.name));
  }

  /** The line that it printed at its end, where it prints one. */
  get last(): Record<string, unknown> | undefined {
    return this.#lines.find(({ stopped }) => stopped === this.name);
  }

  /** Its log, warnings and errors only. */
  get warnings(): string[] {
    return this.#lines
      .filter(({ level }) => level === 'warn' || level === 'error')
      .map(({ message }) => String(message));
  }

  async until<T>(what: string, probe: () => T | undefined | Promise<T | undefined>, msMax = 30_000): Promise<T> {
    const deadline = Date.now() + msMax;
    while (Date.now() < deadline && this.#child.exitCode === null && this.#child.signalCode === null) {
      const found = await probe();
      if (found !== undefined) return found;
      await sleep(POLL_MS);
    }
    const tail = this.#lines.slice(-10).map((line) => JSON.stringify(line));
    throw new Error(`${this.name}: ${what} did not come\n${this.#errors}\n${tail.join('\n')}`);
  }

  /** Ends it and waits for that. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    await gone;
  }

  #read(line: string): void {
    try {
      this.#lines.push(JSON.parse(line) as Record<string, unknown>);
    } catch {
      // Not every library writes JSON.
    }
  }
}
