import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkConfig } from '@portcullis/config';
import { type Flow, type Plan, SERVICES, type ServiceName, serviceConfigs } from './configs.ts';
import { GENERATED_INSTRUMENT } from './demo.ts';
import { ensurePlatformKeys } from './keys.ts';
import { layoutOf } from './layout.ts';
import { root } from './tools.ts';

let dir = '';
let plan: Omit<Plan, 'flow'>;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'portcullis-configs-'));
  const health = Object.fromEntries(SERVICES.map((service, i) => [service, 5000 + i])) as Record<ServiceName, number>;
  const keys = ensurePlatformKeys(join(dir, 'keys'));
  const ports = { nats: 4222, venue: 4999, health };
  plan = { layout: layoutOf(dir, 'generated-1'), keys, ports, instrument: GENERATED_INSTRUMENT, price: '60000' };
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The schema by which a service checks its own configuration. */
async function schemaOf(service: ServiceName): Promise<Parameters<typeof checkConfig>[0]> {
  const file = join(root, 'services', service, 'src', `${service}.config.ts`);
  const loaded = (await import(pathToFileURL(file).href)) as Record<string, Parameters<typeof checkConfig>[0]>;
  const schema = loaded[`${service}ConfigSchema`];
  if (schema === undefined) throw new Error(`${file} exports no ${service}ConfigSchema`);
  return schema;
}

const flows: Flow[] = [
  { kind: 'generated', seed: 1, startPrice: '60000' },
  { kind: 'recorded', file: 'capture.gz', speed: 10 },
];

describe.each(flows)('with a $kind flow', (flow) => {
  test.each(SERVICES)('%s takes what is written for it, and a field more is refused', async (service) => {
    const schema = await schemaOf(service);
    const config = JSON.parse(JSON.stringify(serviceConfigs({ ...plan, flow })[service])) as Record<string, unknown>;
    expect(checkConfig(schema, config, service)).toMatchObject({ instance: `${service}-1` });
    expect(() => checkConfig(schema, { ...config, surprise: 1 }, service)).toThrow('unknown field surprise');
  });
});
