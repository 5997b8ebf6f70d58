import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { qualityWindowSchema, token, venueSymbol } from '@portcullis/contracts';
import { z } from 'zod';

const entrySchema = z.strictObject({ venue: token, symbol: venueSymbol, windows: z.array(qualityWindowSchema) });
const fileSchema = z.strictObject({ version: z.literal(1), instruments: z.array(entrySchema) });
export type OpenWindows = z.infer<typeof entrySchema>;

/**
 * The quality windows that are not in the ledger yet, in a file of the spool, so that a process that is killed does not
 * take them with it: what it saw is recorded by the next one.
 */
export class OpenWindowsFile {
  readonly #path: string;
  #isWriting = false;

  constructor(spoolDir: string) {
    this.#path = join(spoolDir, 'open-windows.json');
  }

  /** What an earlier process left; nothing when there is no file. Throws when it is none of ours. */
  read(): OpenWindows[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    return fileSchema.parse(JSON.parse(text)).instruments;
  }

  /** Replaces the file; does nothing while that is still under way. */
  async write(instruments: readonly OpenWindows[]): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    try {
      const next = `${this.#path}.next`;
      await writeFile(next, JSON.stringify({ version: 1, instruments }));
      await rename(next, this.#path);
    } finally {
      this.#isWriting = false;
    }
  }
}
