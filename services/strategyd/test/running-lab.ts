import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunProgress } from '@portcullis/contracts';
import { eventually } from '@portcullis/testkit';
import type { RunView, SweepView } from '../src/state/lab.ts';
import { strategydConfigSchema, type StrategydConfig } from '../src/strategyd.config.ts';
import type { BarStore } from './bar-store.ts';

/** An answer over HTTP. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

interface Complaint {
  readonly error: string;
  readonly fields?: readonly { readonly field: string; readonly value: string; readonly expected: string }[];
}

export type { RunView, SweepView };

/** Asks a replica as any program would. */
export class LabClient {
  readonly #base: string;

  constructor(port: number) {
    this.#base = `http://127.0.0.1:${port}`;
  }

  async ask<T = Complaint>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const init =
      body === undefined
        ? { method, headers }
        : { method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
    const answer = await fetch(`${this.#base}${path}`, init);
    return { status: answer.status, body: (await answer.json()) as T };
  }

  fetch(path: string): Promise<Response> {
    return fetch(`${this.#base}${path}`);
  }

  async submit(request: unknown, more: Record<string, unknown> = {}): Promise<RunProgress> {
    const { status, body } = await this.ask<RunProgress>('POST', '/v1/runs', { request, ...more });
    if (status !== 202) throw new Error(`${status}: ${JSON.stringify(body)}`);
    return body;
  }

  async run(id: string): Promise<RunView> {
    return (await this.ask<RunView>('GET', `/v1/runs/${id}`)).body;
  }

  /** Waits for an end, or for another state. */
  async until(id: string, ...states: RunProgress['state'][]): Promise<RunView> {
    const wanted = states.length > 0 ? states : ['completed', 'failed', 'cancelled'];
    let last = '';
    return eventually(
      () => `${id} to be ${wanted.join(' or ')}; it is ${last}`,
      async () => {
        const view = await this.run(id);
        last = `${view.state} ${view.error ?? ''}`;
        return wanted.includes(view.state) && view;
      },
      { msMax: 50_000 },
    );
  }

  async untilSwept(id: string): Promise<SweepView> {
    let last = '';
    return eventually(
      () => `sweep ${id} to end; it is ${last}`,
      async () => {
        const { body } = await this.ask<SweepView>('GET', `/v1/sweeps/${id}`);
        last = JSON.stringify(body).slice(0, 500);
        return ['completed', 'failed', 'cancelled'].includes(body.state) && body;
      },
      { msMax: 50_000 },
    );
  }
}

/** The configuration of a replica over a store, with a folder for strategy files. */
export function labConfig(store: BarStore, more: Record<string, unknown> = {}): StrategydConfig {
  const strategiesDir = join(store.dir, 'strategies');
  mkdirSync(strategiesDir, { recursive: true });
  return strategydConfigSchema.parse({
    instance: 'strategyd-1',
    healthPort: 0,
    store: `file://${store.dir}/lab`,
    strategiesDir,
    workers: 2,
    ...more,
  });
}

/** Writes a strategy file of one handler. */
export function writeStrategy(config: StrategydConfig, name: string, onBar: string): void {
  const text = `import { defineStrategy } from '@portcullis/strategy';
import { z } from 'zod';
export default defineStrategy({
  name: '${name}',
  parameters: z.strictObject({ unused: z.int().default(0) }),
  state: () => ({ n: 0, hoard: [] as unknown[] }),
  onBar(context, bar) {
    ${onBar}
  },
});
`;
  writeFileSync(join(config.strategiesDir ?? '', `${name}.ts`), text);
}

export function smaRequest(url: string, parameters: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    strategy: 'sma-cross',
    parameters: { fast: 5, slow: 20, quantity: '1', ...parameters },
    data: { url },
    fill: 'next-open',
  };
}
