import { Readable } from 'node:stream';
import type { RunManifest } from '@portcullis/backtests';
import type { ObjectStore } from '@portcullis/objects';

const PIECE_BYTES = 4 * 1024 * 1024;
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
};
const MANIFEST = 'manifest.json';

export interface Artefact {
  readonly body: Readable;
  readonly bytes: number;
  readonly type: string;
}

/** What runs left in the store, as the manifest lists it: no other object can be asked for. */
export class Artefacts {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  list({ files }: RunManifest): { readonly name: string; readonly bytes?: number }[] {
    return [...files.map(({ name, bytes }) => ({ name, bytes })), { name: MANIFEST }];
  }

  /** In pieces, whatever its size. Undefined for what the manifest does not list. */
  async open(manifest: RunManifest, name: string): Promise<Artefact | undefined> {
    if (!this.list(manifest).some((one) => one.name === name)) return undefined;
    const key = `runs/${manifest.runId}/${name}`;
    const info = await this.#store.head(key);
    if (info === undefined) return undefined;
    const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
    return { body: Readable.from(this.#pieces(key, info.size)), bytes: info.size, type };
  }

  async *#pieces(key: string, size: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let offset = 0; offset < size; offset += PIECE_BYTES) {
      yield await this.#store.get(key, { offset, length: Math.min(PIECE_BYTES, size - offset) });
    }
  }
}
