import type { Status } from '@portcullis/contracts';

const QUIET_MS = 10_000;

/** One line about a running platform. */
export function summaryLine(status: Status | undefined, restarts: Readonly<Record<string, number>>): string {
  if (status === undefined) return 'the dashboard does not answer yet';
  const { counters, markets, tradingState } = status;
  const prices = markets.map(({ symbol, mid = '–' }) => `${symbol} ${mid}`).join(', ');
  const again = Object.entries(restarts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ×${count}`);
  return [
    tradingState.toLowerCase(),
    prices,
    `${counters.marketEvents} market events`,
    `${counters.intents} intents`,
    `${counters.approved} approved`,
    `${counters.denied} denied`,
    `${counters.fills} fills`,
    ...(counters.unresolved > 0 ? [`${counters.unresolved} unresolved`] : []),
    ...(again.length > 0 ? [`restarted: ${again.join(', ')}`] : []),
  ].join(' | ');
}

/** Writes the line: over itself on a terminal, every ten seconds elsewhere. Standard output stays free for results. */
export class SummaryLine {
  readonly #out: NodeJS.WriteStream;
  #saidAt = 0;
  #isOpen = false;

  constructor(out: NodeJS.WriteStream = process.stderr) {
    this.#out = out;
  }

  show(line: string): void {
    if (this.#out.isTTY) {
      this.#out.write(`\r\u001b[2K${line.slice(0, Math.max(20, (this.#out.columns ?? 80) - 1))}`);
      this.#isOpen = true;
    } else if (Date.now() - this.#saidAt >= QUIET_MS) {
      this.#saidAt = Date.now();
      this.#out.write(`${line}\n`);
    }
  }

  /** A line of its own, above the summary. */
  say(text: string): void {
    this.#out.write(this.#isOpen ? `\r\u001b[2K${text}\n` : `${text}\n`);
    this.#isOpen = false;
  }

  end(): void {
    if (this.#isOpen) this.#out.write('\n');
    this.#isOpen = false;
  }
}
