import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { MarketPublisher } from '../../outbound/market-publisher.ts';
import type { VenueCounters } from '../../state/counters.ts';
import type { Faults } from '../../state/faults.ts';
import type { RecordedFlowConfig } from '../../venuesim.config.ts';
import type { VenueLog } from '../http-server.ts';
import { readCapture } from './capture-file.ts';
import { type CaptureFrame, parseCaptureLine } from './capture-frame.ts';
import type { FlowFeed } from './flow-feed.ts';
import type { Flow } from './flow.ts';
import type { CaptureScan } from './inspect-capture.ts';

/** Frames played before other work gets its turn. */
const FRAMES_PER_TURN = 64;
/** Earliness that is not worth a timer. */
const EARLY_MS_MAX = 2;
const FROZEN_POLL_MS = 20;
/** Recorded time that is waited for at most between two lines: longer silence is cut short. */
const SILENCE_US_MAX = 60_000_000;
/** A line that is this much older than the one before has a wrong stamp. */
const BACKWARDS_US_MAX = 1_000_000;
/** Corrupt lines that are logged one by one. */
const LOGGED_MAX = 100;

/** Plays a capture into a market: recorded depth and quotes become levels of the flow, recorded trades prints. */
export class RecordedFlow implements Flow {
  readonly #config: RecordedFlowConfig;
  readonly #scan: CaptureScan;
  readonly #feed: FlowFeed;
  readonly #publisher: MarketPublisher;
  readonly #counters: VenueCounters;
  readonly #faults: Faults;
  readonly #log: VenueLog;
  readonly #stopped = new AbortController();
  #played: Promise<void> = Promise.resolve();
  /** Added to recorded sequence numbers, so that they go on rising when the capture begins again. */
  #offset = 0;
  /** Wall time that a stamp of 0 would have, and the newest stamp. */
  #origin = 0;
  #stamp = 0;
  #depthSequence = 0;
  #lastQuote: Extract<CaptureFrame, { kind: 'quote' }> | undefined;

  constructor(options: {
    readonly config: RecordedFlowConfig;
    readonly scan: CaptureScan;
    readonly feed: FlowFeed;
    readonly publisher: MarketPublisher;
    readonly counters: VenueCounters;
    readonly faults: Faults;
    readonly log: VenueLog;
  }) {
    this.#config = options.config;
    this.#scan = options.scan;
    this.#feed = options.feed;
    this.#publisher = options.publisher;
    this.#counters = options.counters;
    this.#faults = options.faults;
    this.#log = options.log;
  }

  async start(): Promise<void> {
    const { snapshot, file } = this.#scan;
    if (snapshot === undefined) {
      this.#log.warn('the capture has no depth snapshot: the book grows from its updates', { file });
    }
    this.#begin();
    this.#played = this.#play().catch((error: unknown) => {
      if (!this.#stopped.signal.aborted) this.#log.warn('the recorded flow failed', { file, error: String(error) });
    });
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#played;
  }

  /** Shows the snapshot, before the first frame, so that orders can be taken at once. */
  #begin(): void {
    const { snapshot } = this.#scan;
    if (snapshot === undefined) return;
    this.#depthSequence = snapshot.sequence;
    this.#feed.snapshot(snapshot.bids, snapshot.asks);
    this.#publisher.flushDepth(this.#feed.market);
  }

  async #play(): Promise<void> {
    const { file, atEnd } = this.#config;
    for (;;) {
      const before = this.#counters.flowFrames;
      await this.#playOnce();
      if (this.#stopped.signal.aborted) return;
      const frames = this.#counters.flowFrames - before;
      this.#log.log('the capture has ended', { file, frames, atEnd });
      // A file that holds nothing any more would be read over and over.
      if (atEnd === 'stop' || frames === 0) return;
      this.#rewind();
    }
  }

  #rewind(): void {
    const begin = this.#scan.snapshot?.sequence ?? 0;
    this.#offset = this.#feed.market.sequence - begin + 1;
    this.#lastQuote = undefined;
    this.#depthSequence = 0;
    this.#begin();
  }

  async #playOnce(): Promise<void> {
    this.#stamp = this.#scan.first;
    this.#origin = Date.now() - this.#stamp / 1000 / this.#config.speed;
    let turn = 0;
    for await (const piece of readCapture(this.#config.file)) {
      if (this.#stopped.signal.aborted) return;
      if (piece.kind === 'broken') {
        this.#corrupt(piece.number + 1, piece.reason);
        return;
      }
      const parsed = parseCaptureLine(piece.text);
      const wrong = parsed.ok ? this.#wrongStamp(parsed.value) : parsed.error;
      if (!parsed.ok || wrong !== undefined) {
        this.#corrupt(piece.number, wrong ?? 'it does not parse');
        continue;
      }
      await this.#pace(parsed.value.stamp);
      this.#apply(parsed.value);
      this.#counters.flowFrames++;
      if (++turn % FRAMES_PER_TURN === 0) await nextTurn();
    }
  }

  #wrongStamp(frame: CaptureFrame): string | undefined {
    if (frame.stamp >= this.#stamp - BACKWARDS_US_MAX) return undefined;
    return 'its receive time is more than a second before that of the line before';
  }

  async #pace(stamp: number): Promise<void> {
    const { speed } = this.#config;
    const silence = stamp - this.#stamp - SILENCE_US_MAX;
    if (silence > 0) this.#origin -= silence / 1000 / speed;
    this.#stamp = Math.max(this.#stamp, stamp);
    const early = (): number => this.#origin + this.#stamp / 1000 / speed - Date.now();
    if (early() > EARLY_MS_MAX) await this.#sleep(early());
    while (this.#faults.frozen && !this.#stopped.signal.aborted) {
      await this.#sleep(FROZEN_POLL_MS);
      this.#origin += FROZEN_POLL_MS;
    }
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
  }

  #apply(frame: CaptureFrame): void {
    const { market } = this.#feed;
    switch (frame.kind) {
      case 'depth': {
        if (frame.last <= this.#depthSequence) return;
        this.#depthSequence = frame.last;
        market.raiseSequence(frame.last + this.#offset - 1);
        this.#feed.levels(frame.bids, frame.asks);
        // A quote that is newer than this update knows more about the touch.
        const quote = this.#lastQuote;
        if (quote !== undefined && quote.sequence > frame.last) this.#feed.quote(quote.bid, quote.ask);
        this.#publisher.flushDepth(market);
        return;
      }
      case 'quote':
        if (frame.sequence <= this.#depthSequence) return;
        this.#lastQuote = frame;
        market.raiseSequence(frame.sequence + this.#offset - 1);
        this.#feed.quote(frame.bid, frame.ask);
        return;
      case 'aggregate':
        if (this.#scan.frames.trade > 0) return;
        this.#feed.trade(frame.price, frame.quantity, frame.takerSide);
        return;
      case 'trade':
        this.#feed.trade(frame.price, frame.quantity, frame.takerSide);
        return;
      case 'snapshot':
      case 'other':
    }
  }

  #corrupt(number: number, reason: string): void {
    this.#counters.corruptLines++;
    if (this.#counters.corruptLines <= LOGGED_MAX) {
      this.#log.warn('a corrupt line of the capture is passed over', { file: this.#config.file, line: number, reason });
    }
  }
}
