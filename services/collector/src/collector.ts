import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ArchiveWriter, QualityLedger } from '@portcullis/archive';
import type { BusConnection } from '@portcullis/bus';
import { UserError, wallMicros } from '@portcullis/config';
import { type ObjectStore, openObjectStore } from '@portcullis/objects';
import { type CollectorConfig, type VenueConfig, symbolsOf } from './collector.config.ts';
import type { ConfigFile } from './inbound/config-file.ts';
import { VenueFeed } from './inbound/venue-feed.ts';
import { DailyCompaction } from './outbound/compaction.ts';
import { MarketFeed } from './outbound/market-feed.ts';
import { OpenWindowsFile } from './outbound/open-windows.ts';
import { QualityRecorder } from './outbound/quality-recorder.ts';
import { RawCapture } from './outbound/raw-capture.ts';
import { LOOP_RESOLUTION_MS } from './outbound/status.ts';
import { MarketPipeline } from './state/market-pipeline.ts';
import { Outbox } from './state/outbox.ts';
import type { Lane } from './state/lane.ts';

/** Version of the program that wrote a segment, as it stands in manifests. */
const CODE = 'collector-0.1.0';
/** How often books are stated again on the bus: the longest that a reader who missed a `resync` stays in the dark. */
const RESTATE_MS = 10_000;
const DRAIN_MS_MAX = 10_000;

export interface CollectorLog {
  log(what: string): void;
  warn(what: string): void;
}

export interface CollectorParts {
  readonly config: CollectorConfig;
  /** Undefined: what is collected cannot be changed over HTTP. */
  readonly file: ConfigFile | undefined;
  readonly bus: BusConnection | undefined;
  readonly log: CollectorLog;
}

interface Archive {
  readonly store: ObjectStore;
  readonly writer: ArchiveWriter;
  readonly ledger: QualityLedger;
  readonly compaction: DailyCompaction;
}

/** Everything that the collector does, put together: venues → pipeline → archive, bus and quality ledger. */
export class Collector {
  readonly pipeline: MarketPipeline;
  readonly feed: MarketFeed | undefined;
  readonly quality: QualityRecorder;
  readonly rawCapture: RawCapture | undefined;
  readonly startedAt = wallMicros();
  /** How long the one thread kept events waiting, nanoseconds. */
  readonly loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  readonly #archive: Archive | undefined;
  readonly #file: ConfigFile | undefined;
  readonly #log: CollectorLog;
  readonly #venues = new Map<string, VenueFeed>();
  #config: CollectorConfig;
  #restating: NodeJS.Timeout | undefined;
  #applying: Promise<void> = Promise.resolve();
  #stopped = false;

  private constructor({ config, file, bus, log }: CollectorParts, archive: Archive | undefined) {
    this.#config = config;
    this.#file = file;
    this.#log = log;
    this.#archive = archive;
    const outbox = new Outbox();
    this.feed = bus === undefined ? undefined : new MarketFeed(bus, outbox);
    this.pipeline = new MarketPipeline({
      firstSequence: this.startedAt,
      archive: archive?.writer,
      bus: this.feed,
      bookOf: (venue, symbol) => this.#venues.get(venue)?.book(symbol),
      isWhole: (venue, symbol) => this.#venues.get(venue)?.whole(symbol) ?? false,
    });
    this.feed?.onLoss((venue, symbol, why) => this.pipeline.restateOnBus(venue, symbol, wallMicros(), why));
    const trouble = (what: string): void => log.warn(what);
    this.quality = new QualityRecorder({
      pipeline: this.pipeline,
      ledger: archive?.ledger,
      file: config.archive === undefined ? undefined : new OpenWindowsFile(config.archive.spoolDir),
      onTrouble: trouble,
    });
    this.rawCapture = config.rawCapture === undefined ? undefined : new RawCapture(config.rawCapture, trouble);
  }

  /** Opens the archive, whose spool may hold what an earlier process left. Throws a {@link UserError}. */
  static async open(parts: CollectorParts): Promise<Collector> {
    return new Collector(parts, await openArchive(parts));
  }

  get venues(): readonly VenueFeed[] {
    return [...this.#venues.values()];
  }

  get archive(): ArchiveWriter | undefined {
    return this.#archive?.writer;
  }

  get compacting(): boolean {
    return this.#archive?.compaction.running ?? false;
  }

  /** The instruments that are not whole, `symbol.venue`. */
  get broken(): string[] {
    return this.venues.flatMap((feed) =>
      feed.symbols.filter((symbol) => !feed.whole(symbol)).map((symbol) => `${symbol}.${feed.venue}`),
    );
  }

  async start(): Promise<void> {
    this.loopDelay.enable();
    for (const venue of this.#config.venues) await this.#open(venue);
    this.#restating = setInterval(() => this.#restate(), RESTATE_MS);
    this.#file?.watch(() => this.reload());
  }

  /** Reads the configuration file again. One that is wrong is told and changes nothing. */
  reload(): void {
    try {
      if (this.#file !== undefined) this.#apply(this.#file.read());
    } catch (error) {
      this.#log.warn(`the configuration stays as it was: ${(error as Error).message}`);
    }
  }

  /** Adds or removes an instrument, and writes it into the configuration file. Throws a {@link UserError}. */
  change(venue: string, symbol: string, present: boolean): void {
    if (this.#file === undefined) {
      throw new UserError('this collector was started without a configuration file', 'start it with --config FILE');
    }
    this.#apply(this.#file.edit(venue, symbol, present));
  }

  isConfigured(venue: string): boolean {
    return this.#config.venues.some((candidate) => candidate.venue === venue);
  }

  symbols(venue: string): readonly string[] {
    const found = this.#config.venues.find((candidate) => candidate.venue === venue);
    return found === undefined ? [] : symbolsOf(found);
  }

  /** Nothing new comes in, then what is here goes out: to the bus, the store and the ledger. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#file?.unwatch();
    clearInterval(this.#restating);
    await this.#applying;
    for (const feed of this.venues) feed.close('the collector stops');
    const archive = this.#archive;
    archive?.compaction.stop();
    await Promise.all([this.feed?.drain(), this.rawCapture?.close(), this.quality.close(), this.#drainArchive()]);
    await archive?.store.close();
    this.loopDelay.disable();
  }

  async #drainArchive(): Promise<void> {
    const writer = this.#archive?.writer;
    if (writer === undefined) return;
    // With the store away the spool keeps it for the next start.
    const patience = new Promise<void>((resolve) => setTimeout(resolve, DRAIN_MS_MAX).unref());
    await Promise.race([
      writer.drain().then(
        ({ complete, segmentsWaiting }) =>
          complete ? undefined : this.#log.warn(`${segmentsWaiting} segments wait in the spool for the next start`),
        (error: Error) => this.#log.warn(`upload: ${error.message}`),
      ),
      patience,
    ]);
    await writer.close();
  }

  async #open(venue: VenueConfig): Promise<void> {
    const feed = await VenueFeed.open(venue, { pipeline: this.pipeline, rawCapture: this.rawCapture });
    if (this.#stopped) return;
    this.#venues.set(venue.venue, feed);
    feed.start();
  }

  #apply(next: CollectorConfig): void {
    const before = this.#config;
    this.#config = next;
    const fixed = ({ venues: _, ...rest }: CollectorConfig): string => JSON.stringify(rest);
    if (fixed(before) !== fixed(next)) this.#log.warn('only venues and instruments change without a restart');
    this.#applying = this.#applying
      .then(() => this.#applyVenues(next))
      .catch((error: Error) => this.#log.warn(`configuration: ${error.message}`));
  }

  async #applyVenues({ venues }: CollectorConfig): Promise<void> {
    for (const feed of this.venues) {
      const next = venues.find(({ venue }) => venue === feed.venue);
      if (next !== undefined && settingsOf(next) === settingsOf(feed.config)) {
        feed.follow(symbolsOf(next));
        continue;
      }
      feed.close(next === undefined ? 'no longer collected' : 'collected in another way from now on');
      this.#venues.delete(feed.venue);
    }
    for (const venue of venues) if (!this.#venues.has(venue.venue)) await this.#open(venue);
  }

  #restate(): void {
    const at = wallMicros();
    for (const lane of this.pipeline.lanes) this.#restateLane(lane, at);
  }

  #restateLane(lane: Lane, at: number): void {
    this.pipeline.tellLosses(lane, at);
    this.pipeline.snapshotOnBus(lane, at);
    this.pipeline.snapshotInArchive(lane, at);
  }
}

/** What of a venue cannot change while its connections stay. */
function settingsOf({ instruments: _, ...settings }: VenueConfig): string {
  return JSON.stringify(settings);
}

async function openArchive({ config, log }: CollectorParts): Promise<Archive | undefined> {
  const { archive, venues } = config;
  if (archive === undefined) return undefined;
  const store = openObjectStore(archive.store);
  const writer = await ArchiveWriter.open({
    store,
    spoolDir: archive.spoolDir,
    code: CODE,
    log: true,
    spoolBytesMax: archive.spoolBytesMax,
    segmentRowsMax: archive.segmentRowsMax,
    segmentMicrosMax: archive.segmentSeconds * 1_000_000,
    onTrouble: ({ what, message }) => log.warn(`archive, ${what}: ${message}`),
  });
  const names = venues.map(({ venue }) => venue);
  return {
    store,
    writer,
    ledger: new QualityLedger(store),
    compaction: new DailyCompaction(archive, () => names, log),
  };
}
