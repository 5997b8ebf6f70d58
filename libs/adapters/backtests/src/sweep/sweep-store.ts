import { type ObjectStore, ObjectStoreError } from '@portcullis/objects';
import { BacktestError } from '../backtest-error.ts';
import type { PartOutcome } from './run-part.ts';
import type { SweepResult } from './sweep-result.ts';
import { parseSweepSpec, type SweepSpec } from './sweep-spec.ts';

const INDEX_DIGITS = 6;

export interface SweepDivision {
  /** Combinations, or with a walk-forward splits. */
  readonly units: number;
  /** Microseconds since the epoch: parts of one submission are not mixed with those of another, whose data may differ. */
  readonly submittedAt: number;
}

/** Which units a part has, of which submission. */
export interface PartPlace {
  readonly from: number;
  readonly to: number;
  readonly submittedAt: number;
}

/**
 * What is kept of sweeps beside their runs: `sweeps/<id>/spec.json`, `result.json` at the end; of those that are
 * made in parts `division.json` and `parts-<submission>/<from>-<to>.json`. Every object is written whole or not at all, and what is written twice is equal.
 */
export class SweepStore {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  async putSpec(sweepId: string, spec: SweepSpec): Promise<void> {
    await this.#put(`sweeps/${sweepId}/spec.json`, spec);
  }

  async spec(sweepId: string): Promise<SweepSpec | undefined> {
    const found = await this.#get(`sweeps/${sweepId}/spec.json`);
    return found === undefined ? undefined : parseSweepSpec(found);
  }

  /** Into how much a sweep was divided, and for which submission of it. */
  async putDivision(sweepId: string, division: SweepDivision): Promise<void> {
    await this.#put(`sweeps/${sweepId}/division.json`, division);
  }

  async division(sweepId: string): Promise<SweepDivision | undefined> {
    return (await this.#get(`sweeps/${sweepId}/division.json`)) as SweepDivision | undefined;
  }

  async putPart(sweepId: string, { from, to, submittedAt }: PartPlace, part: PartOutcome): Promise<void> {
    await this.#put(`${partsOf(sweepId, submittedAt)}${padded(from)}-${padded(to)}.json`, part);
  }

  /** Bounds of the parts that are done, in their order. */
  async doneParts(sweepId: string, submittedAt: number): Promise<{ readonly from: number; readonly to: number }[]> {
    const found: { from: number; to: number }[] = [];
    for await (const { key } of this.#store.list(partsOf(sweepId, submittedAt))) {
      const [, from, to] = /(\d+)-(\d+)\.json$/.exec(key) ?? [];
      if (from !== undefined && to !== undefined) found.push({ from: Number(from), to: Number(to) });
    }
    return found;
  }

  async parts(sweepId: string, submittedAt: number): Promise<PartOutcome[]> {
    const found: PartOutcome[] = [];
    for (const { from, to } of await this.doneParts(sweepId, submittedAt)) {
      const part = await this.#get(`${partsOf(sweepId, submittedAt)}${padded(from)}-${padded(to)}.json`);
      if (part !== undefined) found.push(part as PartOutcome);
    }
    return found;
  }

  async putResult(result: SweepResult): Promise<void> {
    await this.#put(`sweeps/${result.sweepId}/result.json`, result);
  }

  async result(sweepId: string): Promise<SweepResult | undefined> {
    return (await this.#get(`sweeps/${sweepId}/result.json`)) as SweepResult | undefined;
  }

  /** Ids of the sweeps that the store knows. */
  ids(): AsyncIterable<string> {
    return this.#store.folders('sweeps/');
  }

  async #put(key: string, body: unknown): Promise<void> {
    await this.#store.put(key, new TextEncoder().encode(`${JSON.stringify(body)}\n`));
  }

  async #get(key: string): Promise<unknown> {
    let text: string;
    try {
      text = new TextDecoder().decode(await this.#store.get(key));
    } catch (error) {
      if (error instanceof ObjectStoreError && error.trouble === 'missing') return undefined;
      throw error;
    }
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new BacktestError('crash', `${key} of ${this.#store.url} is not JSON`, { cause });
    }
  }
}

const partsOf = (sweepId: string, submittedAt: number): string => `sweeps/${sweepId}/parts-${submittedAt}/`;
const padded = (index: number): string => String(index).padStart(INDEX_DIGITS, '0');
