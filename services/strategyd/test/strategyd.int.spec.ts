import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunProgress } from '@portcullis/contracts';
import { startStrategyd, type RunningStrategyd } from '../src/app.module.ts';
import type { StrategydConfig } from '../src/strategyd.config.ts';
import { barStore, type BarStore } from './bar-store.ts';
import { labConfig, LabClient, type RunView, smaRequest, type SweepView, writeStrategy } from './running-lab.ts';

let store: BarStore;
let config: StrategydConfig;
let running: RunningStrategyd;
let lab: LabClient;

beforeAll(async () => {
  store = await barStore(4);
  config = labConfig(store, { timeBudgetMs: 1500, memoryMb: 96, queueMax: 3 });
  writeStrategy(config, 'throws', `if (++context.state.n === 1000) throw new Error('on purpose');`);
  writeStrategy(config, 'loops', `if (++context.state.n === 1000) for (;;) context.state.n += 1;`);
  writeStrategy(config, 'hoards', `context.state.hoard.push(new Array(100_000).fill(bar.close));`);
  writeStrategy(config, 'eats', `for (;;) context.state.hoard.push(new Array(100_000).fill(bar.close));`);
  writeStrategy(config, 'exits', `if (++context.state.n === 1000) process.exit(3);`);
  writeStrategy(
    config,
    'idles',
    `const end = performance.now() + 1; while (performance.now() < end) context.state.n += 1;`,
  );
  running = await startStrategyd(config);
  lab = new LabClient(running.port);
});
afterAll(async () => {
  await running?.app.close();
  store?.remove();
});

describe('a run', () => {
  let view: RunView;
  test('is taken with an id that says what it is, and ends with its summary and artefacts', async () => {
    const taken = await lab.submit(smaRequest(store.url));
    expect(taken).toMatchObject({
      requestId: expect.stringMatching(/^rq-[0-9a-z]{20}$/),
      state: 'queued',
      priority: 'normal',
      kind: 'backtest',
    });
    view = await lab.until(taken.requestId);
    expect(view).toMatchObject({ state: 'completed', error: null, share: 1, events: 4 * 1440, reused: false });
    expect(view.manifest?.summary.decisionHash).toMatch(/^[0-9a-f]{64}$/);
    expect((await lab.run(view.runId ?? '')).requestId).toBe(taken.requestId);

    const { body } = await lab.ask<{ artefacts: { name: string }[] }>('GET', `/v1/runs/${taken.requestId}/artefacts`);
    const names = body.artefacts.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['manifest.json', 'summary.json', 'fills.ndjson', 'equity.json', 'report.html']),
    );
    const report = await lab.fetch(`/v1/runs/${taken.requestId}/artefacts/report.html`);
    expect(report.headers.get('content-type')).toContain('text/html');
    expect(report.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await report.text()).slice(0, 200).toLowerCase()).toContain('<html');
  });

  test('asked for again is found and not computed', async () => {
    const again = await lab.submit(smaRequest(store.url));
    expect(again.requestId).toBe(view.requestId);
    expect(await lab.until(again.requestId)).toMatchObject({ state: 'completed', reused: true, runId: view.runId });
  });

  test('is listed, newest first', async () => {
    const { body } = await lab.ask<{ total: number; runs: RunProgress[] }>('GET', '/v1/runs?state=completed&limit=1');
    expect(body).toMatchObject({ total: 1, runs: [{ requestId: view.requestId }] });
  });

  test('can be taken back while it runs and while it waits, and not afterwards', async () => {
    const idle = (n: number) => ({ ...smaRequest(store.url, {}), strategy: 'idles.ts', parameters: { unused: n } });
    const { requestId: first } = await lab.submit(idle(1));
    const { requestId: second } = await lab.submit(idle(2));
    const { requestId: third } = await lab.submit(idle(3));
    await lab.until(first, 'running');
    await lab.until(second, 'running');
    expect((await lab.ask<RunProgress>('DELETE', `/v1/runs/${third}`)).body.state).toBe('cancelled');
    expect((await lab.ask('POST', `/v1/runs/${first}/cancel`, { reason: 'enough', by: 'test' })).status).toBe(200);
    expect(await lab.until(first)).toMatchObject({ state: 'cancelled', error: 'enough (test)' });
    expect((await lab.ask('DELETE', `/v1/runs/${second}`)).status).toBe(200);
    expect((await lab.until(second)).state).toBe('cancelled');
    expect(await lab.ask('DELETE', `/v1/runs/${first}`)).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining('it is cancelled') },
    });
    // Taking back what waited holds when its turn comes.
    expect((await lab.until(third)).state).toBe('cancelled');
    expect((await lab.ask('DELETE', '/v1/runs/rq-none')).status).toBe(404);
  });
});

describe('what a strategy does is the end of its own run alone', () => {
  test.each<[string, RegExp]>([
    ['throws', /on purpose/],
    ['loops', /^time-budget: .*1500 ms/],
    ['hoards', /its state has \d+ characters of JSON, expected at most 4194304/],
    ['eats', /^memory: .*96 MiB/],
    ['exits', /^crash: .*exit code 3/],
    ['missing', /./],
  ])('%s', async (name, error) => {
    if (name === 'missing') {
      const refused = await lab.ask('POST', '/v1/runs', {
        request: { ...smaRequest(store.url), strategy: 'missing.ts' },
      });
      expect(refused).toMatchObject({ status: 400, body: { fields: [{ field: 'strategy' }] } });
      return;
    }
    const neighbour = await lab.submit(smaRequest(store.url, { fast: 6 }), { priority: 'high' });
    const bad = await lab.submit({ ...smaRequest(store.url), strategy: `${name}.ts`, parameters: {} });
    const ended = await lab.until(bad.requestId);
    expect(ended).toMatchObject({ state: 'failed', error: expect.stringMatching(error) });
    expect((await lab.until(neighbour.requestId)).state).toBe('completed');
  });
});

describe('bad input', () => {
  const bodies: [string, unknown, number, string][] = [
    ['no body', {}, 400, 'request'],
    ['an unknown member', { request: {}, surprise: 1 }, 400, 'surprise'],
    ['a priority that is none', { request: {}, priority: 'now' }, 400, 'priority'],
    ['a request without anything', { request: {} }, 400, 'strategy'],
    ['a parameter that the request has not', { request: { ...smaRequest('file:///x'), speed: 3 } }, 400, 'speed'],
    ['a float', { request: smaRequest('file:///x', { fast: 1.5 }) }, 400, 'parameters.fast'],
    [
      'a strategy that nobody knows',
      { request: { ...smaRequest('file:///x'), strategy: 'sma-cros' } },
      400,
      'strategy',
    ],
    [
      'a way out of the folder',
      { request: { ...smaRequest('file:///x'), strategy: '../../main.ts' } },
      400,
      'strategy',
    ],
  ];
  test.each(bodies)('%s is refused with field, value and what was expected', async (_what, body, status, field) => {
    const answer = await lab.ask('POST', '/v1/runs', body);
    expect(answer.status).toBe(status);
    expect(answer.body.fields).toEqual(
      expect.arrayContaining([{ field, value: expect.any(String), expected: expect.any(String) }]),
    );
  });

  test('parameters that the strategy does not take, data that is not there: the run fails with the reason', async () => {
    const wrong = await lab.submit(smaRequest(store.url, { fsat: 3 }));
    expect(await lab.until(wrong.requestId)).toMatchObject({ state: 'failed', error: expect.stringContaining('fsat') });
    const nowhere = await lab.submit(smaRequest(`file://${store.dir}/nothing`));
    expect(await lab.until(nowhere.requestId)).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('nothing'),
    });
  });

  test('no JSON, a body that is too large, a page of another origin, ids and names from nowhere', async () => {
    const raw = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
      fetch(`http://127.0.0.1:${running.port}/v1/runs`, { method: 'POST', headers, body }).then(({ status }) => status);
    expect(await raw('{"request": ')).toBe(400);
    expect(await raw('a=b', { 'content-type': 'application/x-www-form-urlencoded' })).toBe(400);
    expect(await raw('{}', { 'content-type': 'text/plain' })).toBe(400);
    expect(await raw(JSON.stringify({ request: { a: 'x'.repeat(300_000) } }))).toBe(413);
    expect(await lab.ask('POST', '/v1/runs', { request: {} }, { origin: 'https://elsewhere.example' })).toMatchObject({
      status: 403,
    });
    for (const path of ['rq-none', '..%2f..%2fsecret', '%00', 'x'.repeat(90)]) {
      expect((await lab.ask('GET', `/v1/runs/${path}`)).status).toBe(404);
    }
    const { requestId } = await lab.submit(smaRequest(store.url));
    await lab.until(requestId);
    for (const name of ['..%2fmanifest.json', 'snapshot.json', '%2e%2e', 'secret']) {
      expect((await lab.ask('GET', `/v1/runs/${requestId}/artefacts/${name}`)).status).toBe(404);
    }
    expect((await lab.ask('GET', '/v1/runs?limit=0')).body.fields?.[0]).toMatchObject({ field: 'limit', value: '"0"' });
    expect((await lab.ask('GET', '/v1/sweeps/sw-none')).status).toBe(404);
  });

  test('a queue that is full says so, and forgets nothing that it took', async () => {
    const idle = (n: number) => ({ ...smaRequest(store.url), strategy: 'idles.ts', parameters: { unused: 100 + n } });
    const taken: string[] = [];
    let refused = await lab.ask<RunProgress & { error: string }>('GET', '/v1/queue');
    for (let n = 0; n < 10; n++) {
      const answer = await lab.ask<RunProgress & { error: string }>('POST', '/v1/runs', { request: idle(n) });
      if (answer.status === 202) taken.push(answer.body.requestId);
      else refused = answer;
    }
    expect(refused).toMatchObject({
      status: 429,
      body: { error: expect.stringContaining('3 requests of priority normal wait already') },
    });
    for (const id of taken.toReversed()) await lab.ask('DELETE', `/v1/runs/${id}`);
    for (const id of taken) expect((await lab.until(id)).state).toBe('cancelled');
  });
});

describe('a sweep', () => {
  const spec = (fast: number[]) => ({
    base: { ...smaRequest(store.url), parameters: { slow: 30, quantity: '1' } },
    space: { kind: 'grid', axes: [{ name: 'fast', values: fast }] },
    objective: { statistic: 'pnl' },
  });

  test('is divided, computed in parts, and put together; asked for again nothing is computed', async () => {
    const values = Array.from({ length: 25 }, (_, at) => at + 2);
    const { status, body } = await lab.ask<RunProgress>('POST', '/v1/sweeps', { spec: spec(values) });
    expect(status).toBe(202);
    const swept = await lab.untilSwept(body.requestId);
    expect(swept).toMatchObject({ state: 'completed', error: null, units: 25, unitsDone: 25 });
    const rows = swept.result?.rows ?? [];
    expect(rows).toHaveLength(25);
    const profits = rows.map(({ run }) => Number(run?.pnl));
    expect(profits).toEqual(profits.toSorted((a, b) => b - a));
    // The same run, asked for alone.
    const alone = await lab.submit({
      ...smaRequest(store.url),
      parameters: { slow: 30, quantity: '1', ...rows[0]?.parameters },
    });
    expect(await lab.until(alone.requestId)).toMatchObject({ runId: rows[0]?.run?.runId, reused: true });

    const again = await lab.ask<RunProgress>('POST', '/v1/sweeps', { spec: spec(values) });
    expect(again.body.requestId).toBe(body.requestId);
    expect((await lab.untilSwept(body.requestId)).result?.digest).toBe(swept.result?.digest);
  });

  test('one mistake in all combinations fails it; a wrong specification is refused by field', async () => {
    const wrong = { ...spec([1]), space: { kind: 'grid', axes: [{ name: 'fsat', values: [1, 2] }] } };
    const { body } = await lab.ask<RunProgress>('POST', '/v1/sweeps', { spec: wrong });
    const swept = await lab.untilSwept(body.requestId);
    expect(swept).toMatchObject({ state: 'failed', error: expect.stringContaining('no combination can be run') });
    const refused = await lab.ask('POST', '/v1/sweeps', { spec: { ...spec([1]), objective: { statistic: 'luck' } } });
    expect(refused).toMatchObject({
      status: 400,
      body: { fields: [{ field: 'objective.statistic', value: '"luck"' }] },
    });
  });

  test('can be taken back', async () => {
    const idle = { ...smaRequest(store.url), strategy: 'idles.ts', parameters: {} };
    const many = { base: idle, space: { kind: 'grid', axes: [{ name: 'unused', from: 1000, to: 1100, step: 1 }] } };
    const { body } = await lab.ask<RunProgress>('POST', '/v1/sweeps', { spec: many });
    expect((await lab.ask('DELETE', `/v1/sweeps/${body.requestId}`)).status).toBe(200);
    expect((await lab.ask<SweepView>('GET', `/v1/sweeps/${body.requestId}`)).body.state).toBe('cancelled');
  });
});

test('tells the catalogue, its health and its numbers', async () => {
  const { body } = await lab.ask<{ strategies: { name: string; parameters: unknown }[] }>('GET', '/v1/strategies');
  expect(body.strategies.map(({ name }) => name)).toContain('sma-cross');
  expect((await lab.fetch('/health/ready')).status).toBe(200);
  const metrics = await (await lab.fetch('/metrics')).text();
  expect(metrics).toContain('portcullis_strategyd_waiting{priority="high"');
  expect(metrics).toMatch(/portcullis_strategyd_ended_total\{state="completed".*\} [1-9]/);
});

test('what waited and ran when it stopped is done by the next start', async () => {
  const own = labConfig(store, { instance: 'restarted', workers: 1, store: `file://${store.dir}/lab-2` });
  const first = await startStrategyd(own);
  const client = new LabClient(first.port);
  const ids: string[] = [];
  for (const fast of [7, 8, 9]) ids.push((await client.submit(smaRequest(store.url, { fast }))).requestId);
  await first.app.close();
  const second = await startStrategyd(own);
  try {
    const next = new LabClient(second.port);
    for (const id of ids) expect((await next.until(id)).state).toBe('completed');
  } finally {
    await second.app.close();
  }
});
