import type { QualityLedger } from '@portcullis/archive';
import { wallMicros } from '@portcullis/config';
import type { QualityWindow } from '@portcullis/contracts';
import type { Lane } from '../state/lane.ts';
import type { MarketPipeline } from '../state/market-pipeline.ts';
import type { OpenWindowsFile } from './open-windows.ts';

const TICK_MS = 1000;
const RETRY_MS_MIN = 1000;
const RETRY_MS_MAX = 60_000;
/** Windows of one instrument that wait for the store: a day of six streams. Older ones are given up and count as BAD. */
const WAITING_MAX = 96 * 6;

/** Writes the quality windows into the ledger when they are over, and what there is of the open ones at the end. */
export class QualityRecorder {
  readonly #pipeline: MarketPipeline;
  readonly #ledger: QualityLedger | undefined;
  readonly #file: OpenWindowsFile | undefined;
  readonly #onTrouble: (what: string) => void;
  readonly #waiting = new Map<Lane, QualityWindow[]>();
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> = Promise.resolve();
  #failures = 0;
  #notBefore = 0;
  #isWriting = false;

  constructor(options: {
    readonly pipeline: MarketPipeline;
    /** Undefined: nothing is kept. */
    readonly ledger: QualityLedger | undefined;
    readonly file: OpenWindowsFile | undefined;
    readonly onTrouble: (what: string) => void;
  }) {
    this.#pipeline = options.pipeline;
    this.#ledger = options.ledger;
    this.#file = options.file;
    this.#onTrouble = options.onTrouble;
    this.#readFile();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Windows that wait for the store. */
  get waiting(): number {
    return [...this.#waiting.values()].reduce((sum, windows) => sum + windows.length, 0);
  }

  /** The windows of an instrument between two times: what the ledger has, what waits, and what is still open. */
  async read(
    lane: { readonly venue: string; readonly symbol: string },
    from: number,
    to: number,
  ): Promise<QualityWindow[]> {
    const { venue, symbol } = lane;
    const known = this.#pipeline.find(venue, symbol);
    const here = known === undefined ? [] : [...(this.#waiting.get(known) ?? []), ...known.partial(wallMicros())];
    const written = (await this.#ledger?.read({ venue, symbol, from, to })) ?? [];
    const fresh = here.filter(({ start }) => start >= from && start < to);
    return [...written, ...fresh];
  }

  /** Writes everything that is over, as far as the store lets it: once nothing is followed any more, that is all. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#collect();
    await this.#writing;
    this.#failures = 0;
    await this.#write();
    await this.#writeFile();
  }

  #readFile(): void {
    try {
      for (const { venue, symbol, windows } of this.#file?.read() ?? []) {
        this.#wait(this.#pipeline.lane(venue, symbol), windows);
      }
    } catch (error) {
      this.#onTrouble(`quality windows of an earlier process: ${(error as Error).message}`);
    }
  }

  async #writeFile(): Promise<void> {
    if (this.#file === undefined) return;
    const now = wallMicros();
    const instruments = [...this.#pipeline.lanes].map((lane) => ({
      venue: lane.venue,
      symbol: lane.symbol,
      windows: [...(this.#waiting.get(lane) ?? []), ...lane.partial(now)],
    }));
    await this.#file
      .write(instruments.filter(({ windows }) => windows.length > 0))
      .catch((error: Error) => this.#onTrouble(`quality windows: ${error.message}`));
  }

  #tick(): void {
    this.#collect();
    void this.#writeFile();
    if (this.#waiting.size === 0 || this.#isWriting || performance.now() < this.#notBefore) return;
    this.#isWriting = true;
    this.#writing = this.#write().finally(() => (this.#isWriting = false));
  }

  #collect(): void {
    for (const { lane, windows } of this.#pipeline.closedWindows(wallMicros())) this.#wait(lane, windows);
  }

  #wait(lane: Lane, windows: readonly QualityWindow[]): void {
    if (this.#ledger === undefined || windows.length === 0) return;
    this.#waiting.set(lane, [...(this.#waiting.get(lane) ?? []), ...windows].slice(-WAITING_MAX));
  }

  async #write(): Promise<void> {
    for (const [lane, windows] of this.#waiting) {
      try {
        await this.#ledger?.record(lane.venue, lane.symbol, windows);
      } catch (error) {
        this.#failures += 1;
        this.#notBefore = performance.now() + Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(this.#failures, 6));
        this.#onTrouble(`quality ledger: ${(error as Error).message}`);
        return;
      }
      const rest = (this.#waiting.get(lane) ?? []).filter((window) => !windows.includes(window));
      if (rest.length === 0) this.#waiting.delete(lane);
      else this.#waiting.set(lane, rest);
      this.#failures = 0;
    }
  }
}
