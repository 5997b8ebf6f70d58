import { UserError } from '@portcullis/config';

/** A bar on a terminal is drawn this often, and a line elsewhere (a log) much less often. Milliseconds. */
const DRAW_MS = 100;
const LINE_MS = 10_000;
const BAR_CELLS = 30;

/** Progress on standard error: a bar that redraws itself on a terminal, else a line every ten seconds. */
export class ProgressLine {
  readonly #isTerminal: boolean;
  readonly #startedAt: number;
  readonly #out: Pick<NodeJS.WriteStream, 'write'>;
  #drawnAt: number;
  #isDrawn = false;

  constructor(out: Pick<NodeJS.WriteStream, 'write' | 'isTTY'> = process.stderr) {
    this.#out = out;
    this.#isTerminal = out.isTTY;
    this.#startedAt = performance.now();
    // The first line comes when something has lasted long enough to wonder about it.
    this.#drawnAt = this.#startedAt;
  }

  /** `share` from 0 to 1. */
  show(share: number, what: string): void {
    const now = performance.now();
    if (now - this.#drawnAt < (this.#isTerminal ? DRAW_MS : LINE_MS)) return;
    this.#drawnAt = now;
    const seconds = Math.round((now - this.#startedAt) / 1000);
    const percent = `${Math.floor(share * 100)} %`.padStart(5);
    if (!this.#isTerminal) {
      this.#out.write(`${what}: ${percent.trim()} after ${seconds} s\n`);
      return;
    }
    const full = Math.round(share * BAR_CELLS);
    this.#out.write(`\r\u001b[K${what} [${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}] ${percent}  ${seconds} s`);
    this.#isDrawn = true;
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#isDrawn) this.#out.write('\r\u001b[K');
    this.#isDrawn = false;
  }
}

/** A signal that a Ctrl-C or a polite kill aborts; a second one ends the process at once. `release` gives the keys back. */
export function abortOnInterrupt(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(
      new UserError('stopped', 'what was committed until then is whole and stays: run it again to go on'),
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
