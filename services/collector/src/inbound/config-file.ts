import { renameSync, unwatchFile, watchFile, writeFileSync } from 'node:fs';
import { UserError, readTextFile } from '@portcullis/config';
import { type CollectorConfig, checkCollectorConfig } from '../collector.config.ts';

const WATCH_MS = 1000;

/**
 * The configuration file, which is the only truth about what is collected: what is added or removed over HTTP is written
 * into it, so that it survives a restart, and what a person changes in it takes effect within a second, or at once on
 * SIGHUP.
 */
export class ConfigFile {
  readonly #path: string;
  readonly #changed = (): void => this.#onChange();
  #onChange: () => void = () => undefined;

  constructor(path: string) {
    this.#path = path;
  }

  read(): CollectorConfig {
    return checkCollectorConfig(this.#json());
  }

  watch(onChange: () => void): void {
    this.#onChange = onChange;
    // By looking, because editors and orchestrators replace files, and a watch would stay with the old one.
    watchFile(this.#path, { interval: WATCH_MS, persistent: false }, this.#changed);
    process.on('SIGHUP', this.#changed);
  }

  unwatch(): void {
    unwatchFile(this.#path, this.#changed);
    process.off('SIGHUP', this.#changed);
  }

  /** Adds or removes a symbol. Throws a {@link UserError}, and nothing has changed, when that cannot be written. */
  edit(venue: string, symbol: string, present: boolean): CollectorConfig {
    const raw = this.#json() as { venues: { venue: string; instruments: (string | { symbol: string })[] }[] };
    const found = raw.venues.find((candidate) => candidate.venue === venue);
    if (found !== undefined) {
      const others = found.instruments.filter((one) => (typeof one === 'string' ? one : one.symbol) !== symbol);
      const own = found.instruments.find((one) => typeof one !== 'string' && one.symbol === symbol) ?? symbol;
      found.instruments = present ? [...others, own] : others;
    }
    const config = checkCollectorConfig(raw);
    this.#write(raw);
    return config;
  }

  #json(): unknown {
    const text = readTextFile(this.#path, 'configuration file');
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new UserError(`configuration file ${this.#path} is not JSON`, 'correct the file', { cause });
    }
  }

  #write(raw: unknown): void {
    const next = `${this.#path}.next`;
    try {
      writeFileSync(next, `${JSON.stringify(raw, null, 2)}\n`, { mode: 0o600, flush: true });
      renameSync(next, this.#path);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
      throw new UserError(
        `configuration file ${this.#path} cannot be written (${code}), so nothing was changed`,
        'change the file where it comes from',
        { cause },
      );
    }
  }
}
