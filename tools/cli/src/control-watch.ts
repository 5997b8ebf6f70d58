import { type BusConnection, latestValue } from '@portcullis/bus';
import {
  type ControlState,
  type Heartbeat,
  controlStateSchema,
  heartbeatSchema,
  subjects,
} from '@portcullis/contracts';
import type { Place } from './place.ts';

const POLL_MS = 100;

/** riskd's word on the account; undefined when it has never said one. Throws when nobody answers or the value is no state. */
export async function readControl(bus: BusConnection, account: string): Promise<ControlState | undefined> {
  const value = await latestValue(bus, `control.${account}`);
  return value === undefined ? undefined : controlStateSchema.parse(JSON.parse(new TextDecoder().decode(value)));
}

/** Waits until the control state is as wanted, at most `withinMs`. Undefined when that did not come. */
export async function untilControl(
  bus: BusConnection,
  { account }: Pick<Place, 'account'>,
  wanted: (state: ControlState) => boolean,
  withinMs: number,
): Promise<ControlState | undefined> {
  const deadline = Date.now() + withinMs;
  do {
    const state = await readControl(bus, account).catch(() => undefined);
    if (state !== undefined && wanted(state)) return state;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  } while (Date.now() < deadline);
  return undefined;
}

/** The newest heartbeat of every service that speaks within `forMs`. */
export async function listenForHeartbeats(bus: BusConnection, forMs: number): Promise<Heartbeat[]> {
  const heard = new Map<string, Heartbeat>();
  const subscription = bus.nats.subscribe(subjects.heartbeat('*', '*'), {
    callback: (_error, { data }) => {
      const heartbeat = parse(data);
      if (heartbeat !== undefined) heard.set(`${heartbeat.service}.${heartbeat.instance}`, heartbeat);
    },
  });
  await new Promise((resolve) => setTimeout(resolve, forMs));
  subscription.unsubscribe();
  return [...heard.values()].sort((a, b) => (a.service < b.service ? -1 : 1));
}

function parse(data: Uint8Array): Heartbeat | undefined {
  try {
    return heartbeatSchema.parse(JSON.parse(new TextDecoder().decode(data)));
  } catch {
    return undefined;
  }
}
