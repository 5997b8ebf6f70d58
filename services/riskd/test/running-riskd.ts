import { eventually } from '@portcullis/testkit';
import type { RiskdConfig } from '../src/riskd.config.ts';
import { type RiskdStatus, serve } from '../src/serve.ts';

/** One run of riskd inside the test. */
export class RunningRiskd {
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #status: RiskdStatus | undefined;
  #failure: Error | undefined;

  constructor(config: RiskdConfig) {
    this.#ended = serve(config, { signal: this.#stop.signal, onStatus: (status) => (this.#status = status) }).catch(
      (error: unknown) => {
        this.#failure = error as Error;
      },
    );
  }

  async ready(): Promise<void> {
    let reason: string | undefined = 'no status yet';
    await eventually(
      () => `riskd to be ready (${reason})`,
      () => {
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#status !== undefined) reason = this.#status.notReady();
        return reason === undefined;
      },
    );
  }

  async get(path: string): Promise<{ readonly status: number; readonly body: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.#status?.healthPort ?? 0}${path}`);
    return { status: answer.status, body: await answer.text() };
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
    if (this.#failure !== undefined) throw this.#failure;
  }
}
