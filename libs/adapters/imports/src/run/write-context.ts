import { type ArchiveWriter, dateOf, partitionPath } from '@portcullis/archive';
import { UserError } from '@portcullis/config';
import type { NumberedEvent } from '@portcullis/market';
import { Findings } from '../findings.ts';
import { breathe } from './check-context.ts';
import type { ImportQuality } from './import-quality.ts';
import type { ImportRequest } from './import-run.ts';
import type { Dropped, ImportContext } from './importer.ts';
import type { OnBytes } from './progress.ts';

export interface WriteTarget {
  readonly writer: ArchiveWriter;
  readonly quality?: ImportQuality;
  /** Whether the partition is to get its rows. */
  readonly wants: (path: string) => boolean;
  readonly onBytes: OnBytes;
}

/** The second reading: gives the archive what it does not have yet. What is wrong was found in the first. */
export class WriteContext implements ImportContext {
  readonly venue: string;
  readonly findings = new Findings();
  readonly onBytes: OnBytes;
  readonly #request: ImportRequest;
  readonly #target: WriteTarget;
  /** Whether the partition of the event before is wanted, by kind and symbol. */
  readonly #latest = new Map<string, { readonly day: number; readonly isWanted: boolean }>();

  constructor(request: ImportRequest, target: WriteTarget) {
    this.venue = request.venue;
    this.#request = request;
    this.#target = target;
    this.onBytes = target.onBytes;
  }

  emit(event: NumberedEvent): void {
    this.#target.quality?.observe(event);
    if (!this.#isWanted(event) || this.#target.writer.append(this.venue, event)) return;
    throw new UserError('there is no room left to collect segments in', 'make room for temporary files (TMPDIR)');
  }

  #isWanted({ kind, symbol, tsEvent }: NumberedEvent): boolean {
    const key = `${kind} ${symbol}`;
    const day = Math.floor(tsEvent / 86_400_000_000);
    let latest = this.#latest.get(key);
    if (latest?.day !== day) {
      const path = partitionPath({ venue: this.venue, kind, symbol, date: dateOf(tsEvent) });
      latest = { day, isWanted: this.#target.wants(path) };
      this.#latest.set(key, latest);
    }
    return latest.isWanted;
  }

  refuse(): void {
    // The first reading has told it, and the import goes on only where that is wanted.
  }

  duplicate(): void {
    // Counted by the first reading.
  }

  dropped(drop: Dropped): void {
    this.#target.quality?.dropped(drop);
  }

  async settle(): Promise<void> {
    await breathe(this.#request.signal);
    await this.#target.writer.room();
  }

  async endOfFile(): Promise<void> {
    await breathe(this.#request.signal);
    await this.#target.writer.flush();
  }
}
