import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { request } from 'node:http';
import { readStream } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import { type Status, statusSchema, subjects } from '@portcullis/contracts';
import { eventually } from '@portcullis/testkit';
import { controlState } from './seed.ts';
import { type Stage, openStage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage.close());

const get = async <T>(path: string): Promise<T> => (await (await fetch(`${stage.url}${path}`)).json()) as T;
const status = (): Promise<Status> => get<Status>('/v1/status');

/** The first status that fits. Tells the last one in vain. */
async function statusWith(what: string, fits: (seen: Status) => boolean): Promise<Status> {
  let last: Status | undefined;
  return eventually(
    () => `${what}, last seen: ${JSON.stringify(last)}`,
    async () => {
      last = await status();
      return fits(last) && last;
    },
  );
}

/** A request whose headers are ours to choose, the host included. */
function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<{ code: number; body: { error?: string; seq?: number } }> {
  const { hostname, port } = new URL(stage.url);
  return new Promise((resolve, reject) => {
    const asked = request(
      { hostname, port, path, method: options.method ?? 'GET', headers: options.headers ?? {} },
      (answer) => {
        let text = '';
        answer.on('data', (part: Buffer) => (text += part.toString()));
        answer.on('end', () =>
          resolve({
            code: answer.statusCode ?? 0,
            body: text.startsWith('{') ? (JSON.parse(text) as { error?: string }) : {},
          }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(options.body);
  });
}

const kill = (
  body: unknown,
  headers: Record<string, string> = { 'x-portcullis-request': '1' },
): ReturnType<typeof ask> =>
  ask('/v1/kill', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('the projection', () => {
  const isWhole = ({ counters }: Status): boolean =>
    counters.fills === stage.story.fills &&
    counters.denied === stage.story.denied &&
    counters.deadLetters === 1 &&
    counters.unresolved === 1;

  test('counts the session and says it in the published shape', async () => {
    const whole = await statusWith(
      'the whole session',
      (seen) => isWhole(seen) && seen.runs.length === 2 && seen.services.length >= 5,
    );
    expect(statusSchema.parse(whole)).toEqual(whole);
    expect(whole.tradingState).toBe('ACTIVE');
    expect(whole.counters.intents).toBe(whole.counters.approved + whole.counters.denied);
    expect(whole.counters.deniedByCode).toEqual({ POSITION_EXCEEDED: stage.story.denied });
    expect(whole.counters.marketEvents).toBe(600);
    expect(whole.counters.unread).toBe(0);
  });

  test('lists lives of orders by run and state', async () => {
    const { orders } = await get<{ orders: { runId: string; state: string; steps: { state: string }[] }[] }>(
      '/v1/orders?run=sma-1&state=FILLED&limit=3',
    );
    expect(orders).toHaveLength(3);
    expect(orders[0]).toMatchObject({ runId: 'sma-1', state: 'FILLED' });
    expect(orders[0]?.steps.map(({ state }) => state).sort()).toEqual([
      'ACCEPTED',
      'APPROVED',
      'FILL',
      'INTENT',
      'SUBMITTED',
    ]);
  });

  test('is the same after a restart, and after a crash of the bus while messages come', async () => {
    await stage.restartObserver();
    await statusWith('the whole session', isWhole);
    await stage.bus.server.kill('SIGKILL');
    await stage.bus.server.restart();
    const before = (await status()).counters.submitted;
    const [said] = stage.story.stored.filter(({ body }) => (body as { type?: string }).type === 'accepted');
    const { venueOrderId: _, ...accepted } = said!.body as Record<string, unknown>;
    const submitted = {
      ...accepted,
      type: 'submitted',
      venueOrder: {
        clientOrderId: accepted['clientOrderId'],
        venue: 'venuesim',
        symbol: 'BTCUSDT',
        side: 'buy',
        type: 'limit',
        timeInForce: 'GTC',
        postOnly: false,
        reduceOnly: false,
        quantity: '1',
        price: '1',
      },
    };
    await stage.say(
      Array.from({ length: 50 }, (_value, i) => ({
        ...said!,
        body: { ...submitted, eventId: (100 + i).toString(16).padStart(32, '0') },
      })),
    );
    const again = await statusWith(
      'the whole session and more',
      (seen) => isWhole(seen) && seen.counters.submitted === before + 50,
    );
    expect(again.counters.unread).toBe(0);
  });

  test('a change of the control state shows', async () => {
    const at = wallMicros();
    const latch = { scope: 'run.sma-1', epoch: 1, reason: 'drill', by: 'ann', at };
    await stage.say([
      {
        by: 'riskd',
        subject: subjects.controlStateKey('main'),
        body: { ...controlState(at, 2), killEpoch: 1, latches: [latch] },
      },
    ]);
    const seen = await statusWith('the kill epoch', ({ controls }) => controls[0]?.killEpoch === 1);
    expect(seen.controls[0]?.latches).toEqual([latch]);
  });

  test('each dead letter raises one alert', async () => {
    const provisioner = await stage.bus.connectAs('provisioner');
    const alerts = await eventually('an alert', async () => {
      const found: string[] = [];
      await readStream(provisioner, 'OPS', ({ subject }) => found.push(subject));
      return found.length > 0 && found;
    });
    expect(alerts).toEqual(['ops.alert.dead-letter']);
  });
});

describe('events', () => {
  test('come as they happen, after a first status', async () => {
    const controller = new AbortController();
    const { body, headers } = await fetch(`${stage.url}/v1/events`, { signal: controller.signal });
    expect(headers.get('content-type')).toContain('text/event-stream');
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    let isKilled = false;
    await eventually('the kill among the events', async () => {
      text += (await reader.read()).value ?? '';
      if (!isKilled && text.includes('event: status')) {
        isKilled = true;
        await kill({ scope: 'run.quote-1', reason: 'drill', by: 'ann' });
      }
      return text.includes('event: kill');
    });
    controller.abort();
    expect(text.indexOf('event: status')).toBeLessThan(text.indexOf('event: kill'));
  });
});

describe('a kill over HTTP', () => {
  test('is stored in the control log', async () => {
    const { code, body } = await kill({ scope: 'all', reason: 'drill', by: 'ann' });
    expect(code).toBe(202);
    const provisioner = await stage.bus.connectAs('provisioner');
    const found: unknown[] = [];
    await readStream(provisioner, 'CONTROL', ({ sequence, subject, data }) => {
      if (sequence === body.seq) found.push(subject, JSON.parse(Buffer.from(data).toString()));
    });
    expect(found).toMatchObject(['ctl.kill.all', { reason: 'drill', by: 'ann' }]);
  });

  test.each([
    [{ scope: 'everything', reason: 'x', by: 'y' }, 400, 'scope is "everything": expected all, venue.V'],
    [{ scope: 'all', by: 'y' }, 400, 'reason is (absent)'],
    [{ scope: 'all', reason: 'x', by: 'y', force: true }, 400, 'force'],
    ['{"scope":', 400, ''],
    [{ scope: 'all', reason: 'x'.repeat(5000), by: 'y' }, 413, ''],
  ])('case %# is refused with the field, its value and what was expected', async (given, code, error) => {
    const answer = await kill(given);
    expect(answer.code).toBe(code);
    expect(answer.body.error ?? '').toContain(error);
  });

  test.each([
    ['without the header', {}],
    ['from another site, even with the header', { origin: 'http://evil.example', 'x-portcullis-request': '1' }],
    ['as a plain form', { 'content-type': 'text/plain', 'x-portcullis-request': '' }],
  ])('%s is refused', async (_name, headers: Record<string, string>) => {
    const { code } = await kill({ scope: 'all', reason: 'x', by: 'y' }, headers);
    expect([403, 415]).toContain(code);
  });
});

describe('the server', () => {
  test.each(['/', '/v1/status', '/web/app.js'])(
    '%s carries the security headers and no permission for others',
    async (path) => {
      const { headers } = await fetch(`${stage.url}${path}`, { headers: { origin: 'http://evil.example' } });
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  test('answers to its own names alone', async () => {
    expect((await ask('/v1/status', { headers: { host: 'evil.example' } })).code).toBe(421);
  });

  test.each(['/web/..%2fpackage.json', '/web/none.js', '/web/%2e%2e/package.json', '/v2'])(
    '%s is not there',
    async (path) => {
      expect((await ask(path, {})).code).toBe(404);
    },
  );

  test('names what is wrong with a query', async () => {
    const { code, body } = await ask('/v1/orders?limit=many', {});
    expect([code, body.error]).toEqual([400, 'limit is "many": expected a whole number from 1 to 1000']);
  });

  test('tells its health and metrics', async () => {
    expect(await get('/health/ready')).toEqual({ status: 'ok' });
    expect(await (await fetch(`${stage.url}/metrics`)).text()).toContain('portcullis_observer_dead_letters');
  });
});
