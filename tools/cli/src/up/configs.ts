import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { seedFileOf } from '@portcullis/bus';
import type { InstrumentDefinitionMessage } from '@portcullis/contracts';
import { type DemoSizes, demoLimits, demoSizes } from './demo.ts';
import type { Keys } from './keys.ts';
import type { Layout } from './layout.ts';

export const ACCOUNT = 'main';
const HOST = '127.0.0.1';

/** Services in the order of their start; they are stopped the other way round. */
export const SERVICES = ['venuesim', 'riskd', 'bridge', 'collector', 'observer', 'livyd', 'strategyd'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface Ports {
  readonly nats: number;
  readonly venue: number;
  /** Health and metrics; observer's is the dashboard. */
  readonly health: Readonly<Record<ServiceName, number>>;
}

/** What flows through the venue. */
export type Flow =
  | { readonly kind: 'generated'; readonly seed: number; readonly startPrice: string }
  | { readonly kind: 'recorded'; readonly file: string; readonly speed: number };

export interface Plan {
  readonly layout: Layout;
  readonly keys: Keys;
  readonly ports: Ports;
  readonly instrument: InstrumentDefinitionMessage;
  /** About where the price is. */
  readonly price: string;
  readonly flow: Flow;
}

/** The folder of the venue's ledger. */
export function ledgerDirOf(layout: Layout): string {
  return join(layout.stateDir, 'venuesim');
}

/** The configuration of every service, ready to be written as JSON. */
export function serviceConfigs(plan: Plan): Record<ServiceName, Record<string, unknown>> {
  const { layout, keys, ports, instrument } = plan;
  const { venue } = instrument;
  const sizes = demoSizes(instrument, plan.price);
  const servers = [`nats://${HOST}:${ports.nats}`];
  const common = (service: ServiceName): Record<string, unknown> => ({
    instance: `${service}-1`,
    host: HOST,
    healthPort: ports.health[service],
    bus: { servers, seedFile: seedFileOf(keys.seedsDir, service) },
  });
  const restUrl = `http://${HOST}:${ports.venue}`;
  const dataDir = (service: ServiceName): string => join(layout.stateDir, service);
  return {
    venuesim: { ...common('venuesim'), ...venueOf(plan, sizes) },
    riskd: {
      ...common('riskd'),
      account: ACCOUNT,
      venue,
      strategies: ['sma-cross', 'quoting'],
      instruments: [instrument],
      limits: demoLimits(sizes),
      approvers: keys.approverPublicKeys,
      signingKeyFile: keys.gateSigningKeyFile,
      journalDir: dataDir('riskd'),
      discoverySeedFile: seedFileOf(keys.seedsDir, 'riskdctl'),
    },
    bridge: {
      ...common('bridge'),
      account: ACCOUNT,
      venue,
      dialect: 'binance-spot',
      restUrl,
      wsApiUrl: `ws://${HOST}:${ports.venue}/ws-api/v3`,
      instruments: [instrument],
      gateKeys: [keys.gatePublicKey],
      approvers: keys.approverPublicKeys,
      apiKeyFile: keys.venueApiKeyFile,
      apiSecretFile: keys.venueSecretFile,
      killTokenFile: keys.killTokenFile,
      dataDir: dataDir('bridge'),
    },
    collector: {
      ...common('collector'),
      venues: [
        {
          venue,
          dialect: 'binance-spot',
          restUrl,
          wsUrl: `ws://${HOST}:${ports.venue}/stream`,
          instruments: [instrument],
        },
      ],
    },
    observer: { ...common('observer'), accounts: [ACCOUNT], instruments: [instrument] },
    livyd: {
      ...common('livyd'),
      gateKeys: [keys.gatePublicKey],
      dataDir: dataDir('livyd'),
      runs: runsOf(instrument, sizes),
    },
    strategyd: { ...common('strategyd'), store: pathToFileURL(dataDir('strategyd')).href },
  };
}

function venueOf({ layout, keys, ports, instrument, flow }: Plan, { balances }: DemoSizes): Record<string, unknown> {
  return {
    port: ports.venue,
    ledgerDir: ledgerDirOf(layout),
    accounts: [
      {
        name: ACCOUNT,
        balances,
        keys: [{ id: 'portcullis', apiKey: keys.venueApiKey, secretFile: keys.venueSecretFile }],
      },
    ],
    markets: [{ instrument, flow: flow.kind === 'recorded' ? { ...flow, atEnd: 'loop' } : flow }],
  };
}

function runsOf(instrument: InstrumentDefinitionMessage, sizes: DemoSizes): Record<string, unknown>[] {
  const common = { account: ACCOUNT, instrument, stage: 'paper' };
  const ticks = Math.max(1, Math.floor(sizes.basisPointTicks / 2));
  const quoting = {
    quantity: sizes.order,
    inventoryMax: sizes.inventoryMax,
    halfSpreadTicks: ticks,
    skewTicks: 2 * ticks,
    requoteTicks: ticks,
    intervalMs: 500,
  };
  return [
    {
      ...common,
      runId: 'sma-1',
      strategy: 'sma-cross',
      parameters: { quantity: sizes.order, fast: 4, slow: 12, sampleMs: 250 },
    },
    { ...common, runId: 'quote-1', strategy: 'quoting', parameters: quoting },
  ];
}
