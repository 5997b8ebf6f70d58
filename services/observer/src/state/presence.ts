import type { ControlState, Heartbeat, ServiceView, Status } from '@portcullis/contracts';
import { setBounded } from './recent-ids.ts';

/** Processes shown; far more than the platform has. */
const SERVICES_MAX = 200;
const ACCOUNTS_MAX = 100;
/** A process that was not heard of for so long is no longer shown. */
const FORGOTTEN_MICROS = 600_000_000;
const STRICTNESS = ['ACTIVE', 'REDUCING', 'HALTED'] as const;

/** Who is there, and what riskd says about trading. */
export class Presence {
  readonly #services = new Map<string, { readonly heartbeat: Heartbeat; readonly heardAt: number }>();
  readonly #controls = new Map<string, ControlState>();

  heard(heartbeat: Heartbeat, at: number): void {
    setBounded(this.#services, `${heartbeat.service}.${heartbeat.instance}`, { heartbeat, heardAt: at }, SERVICES_MAX);
  }

  /** Keeps the newest state of an account. True when it changed something that people act on. */
  control(state: ControlState): boolean {
    const before = this.#controls.get(state.account);
    if (before !== undefined && before.head.seq > state.head.seq && before.gateEpoch >= state.gateEpoch) return false;
    setBounded(this.#controls, state.account, state, ACCOUNTS_MAX);
    return (
      before?.tradingState !== state.tradingState ||
      before.killEpoch !== state.killEpoch ||
      before.latches.length !== state.latches.length
    );
  }

  get controls(): ControlState[] {
    return [...this.#controls.values()];
  }

  get tradingState(): Status['tradingState'] {
    const states = this.controls.map(({ tradingState }) => STRICTNESS.indexOf(tradingState));
    return STRICTNESS[Math.max(...states, -1)] ?? 'UNKNOWN';
  }

  services(at: number): ServiceView[] {
    for (const [key, { heardAt }] of this.#services) if (at - heardAt > FORGOTTEN_MICROS) this.#services.delete(key);
    return [...this.#services.values()]
      .map(({ heartbeat, heardAt }) => viewOf(heartbeat, Math.max(0, Math.round((at - heardAt) / 1000))))
      .sort((a, b) => (a.service === b.service ? compare(a.instance, b.instance) : compare(a.service, b.service)));
  }
}

function viewOf({ service, instance, state, detail, counters, bridge }: Heartbeat, ageMillis: number): ServiceView {
  const held =
    bridge === undefined
      ? {}
      : {
          bridgeEpoch: bridge.bridgeEpoch,
          reconciled: bridge.reconciled ? 1 : 0,
          openOrders: bridge.openOrders,
          unresolvedOrders: bridge.unresolvedOrders,
        };
  return {
    service,
    instance,
    state,
    ...(detail === undefined ? {} : { detail }),
    ageMillis,
    counters: { ...held, ...counters },
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
