import { ConsoleLogger } from '@nestjs/common';
import { type BusConnection, Publisher } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import { subjects } from '@portcullis/contracts';
import { type TestBus, btcusdt, freePort, startBus } from '@portcullis/testkit';
import { type Observer, startObserver } from '../src/observer.ts';
import type { Said } from './seed-orders.ts';
import { type Story, controlState, story } from './seed.ts';

const SPEAK_MS = 300;
const quiet = new ConsoleLogger({ logLevels: ['error', 'fatal'] });

/** A real bus and a real observer that watch a seeded session. */
export interface Stage {
  readonly bus: TestBus;
  readonly observer: Observer;
  readonly url: string;
  readonly story: Story;
  /** Publishes as the identity that may, in order. */
  say(said: readonly Said[]): Promise<void>;
  restartObserver(): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(port?: number): Promise<Stage> {
  const bus = await startBus();
  const connections = new Map<string, BusConnection>();
  const as = async (identity: string): Promise<BusConnection> => {
    const known = connections.get(identity) ?? (await bus.connectAs(identity));
    connections.set(identity, known);
    return known;
  };
  let sequence = 0;
  const say = async (said: readonly Said[]): Promise<void> => {
    for (const { by, subject, body } of said) {
      sequence += 1;
      await new Publisher(await as(by)).publish({ subject, body, messageId: `seed-${sequence}` });
    }
  };
  const told = story(wallMicros());
  const healthPort = port ?? (await freePort());
  const config = {
    instance: 'observer-1',
    host: '127.0.0.1',
    healthPort,
    bus: { servers: bus.servers, seedFile: bus.seedFile('observer') },
    accounts: ['main'],
    instruments: [btcusdt()],
  };
  await say([{ by: 'riskd', subject: subjects.controlStateKey('main'), body: controlState(wallMicros()) }]);
  let observer = await startObserver(config, quiet);
  await say(told.stored);
  for (const { by } of told.spoken) await as(by);
  const speaking = setInterval(() => {
    for (const { by, subject, body } of told.spoken) connections.get(by)?.nats.publish(subject, JSON.stringify(body));
  }, SPEAK_MS);
  return {
    bus,
    get observer() {
      return observer;
    },
    url: `http://127.0.0.1:${healthPort}`,
    story: told,
    say,
    restartObserver: async () => {
      await observer.close();
      observer = await startObserver(config, quiet);
    },
    close: async () => {
      clearInterval(speaking);
      await observer.close();
      await bus.stop();
    },
  };
}
