// Broken parts, one defect each: the checkers have to catch every one of them.
import type { BridgeConfig, BridgeEffect, SubmitOutcome } from '@portcullis/execution';
import { BridgeCore } from '@portcullis/execution';
import type { VenueOrder } from '@portcullis/contracts';
import type { GateConfig } from '@portcullis/risk';
import { BridgeNode, type BridgeNodeOptions } from '../src/nodes/bridge-node.ts';
import { GateNode, type GateNodeOptions } from '../src/nodes/gate-node.ts';
import type { Host } from '../src/nodes/process.ts';
import { RunNode } from '../src/nodes/run-node.ts';
import { VenueLink } from '../src/venue-link.ts';

type Submit = Extract<BridgeEffect, { type: 'submit' }>;
type Answer = (outcome: SubmitOutcome) => void;

/** Sends an order again when it is not known what became of it. */
export class ResendingLink extends VenueLink {
  override submit(order: VenueOrder, sentAt: number, answer: Answer): void {
    super.submit(order, sentAt, (outcome) => {
      if (outcome.kind === 'unknown') super.submit(order, this.host.scheduler.now, answer);
      else answer(outcome);
    });
  }
}

/** Takes "no answer" for "no". */
export class PessimisticLink extends VenueLink {
  override submit(order: VenueOrder, sentAt: number, answer: Answer): void {
    super.submit(order, sentAt, (outcome) => {
      answer(outcome.kind === 'unknown' ? { kind: 'rejected', code: 'timeout', reason: 'no answer' } : outcome);
    });
  }
}

/** Writes other bytes than were approved. */
export class AlteringLink extends VenueLink {
  override submit(order: VenueOrder, sentAt: number, answer: Answer): void {
    super.submit({ ...order, quantity: `${order.quantity}1` }, sentAt, answer);
  }
}

/** Rounds prices through floating point and a wrong increment. */
export class RoundingLink extends VenueLink {
  override submit(order: VenueOrder, sentAt: number, answer: Answer): void {
    const price = order.price === undefined ? {} : { price: String(Math.round(Number(order.price))) };
    super.submit({ ...order, ...price }, sentAt, answer);
  }
}

/** Starts without its journal. */
export class ForgetfulBridge extends BridgeNode {
  protected override recover(): ReturnType<BridgeNode['recover']> {
    return { core: new BridgeCore(this.options.config), again: [] };
  }
}

/** Believes every signature. */
export class CredulousBridge extends BridgeNode {
  constructor(host: Host, options: BridgeNodeOptions) {
    const believing = {
      get: (keyId: string) => ({ keyId, verify: () => true }),
    } as unknown as BridgeConfig['gateKeys'];
    super(host, { ...options, config: { ...options.config, gateKeys: believing } });
  }
}

/** Writes whatever was decided before, without the last look at its authority. */
export class HastyBridge extends BridgeNode {
  protected override submit(effect: Submit): void {
    const { clientOrderId } = effect.venueOrder;
    this.after(2_500_000, () => {
      this.options.link.submit(
        effect.venueOrder,
        this.wall,
        this.ours((outcome) => this.take({ type: 'submit-outcome', at: this.wall, clientOrderId, outcome })),
      );
    });
  }
}

/** Does not listen to the control stream. */
export class DeafBridge extends BridgeNode {
  protected override onControl(): void {}
}

export class DeafGate extends GateNode {
  protected override onControl(): void {}
}

/** Gives permits without asking whether there are kills that it has not read. */
export class TrustingGate extends GateNode {
  protected override knowsAllKills(): boolean {
    return true;
  }
}

/** Goes on wanting orders whatever was killed. */
export class TalkativeRuns extends RunNode {
  protected override onControl(): void {}
  protected override onState(): void {}
}

/** Judges by limits of its own. */
export class GenerousGate extends GateNode {
  constructor(host: Host, options: GateNodeOptions) {
    super(host, { ...options, config: generous(options.config) });
  }
}

function generous(config: GateConfig): GateConfig {
  const entries = config.limits.entries.map((entry) => ({
    ...entry,
    limits: { ...entry.limits, positionMax: '1000' },
  }));
  return { ...config, limits: { ...config.limits, entries } };
}

/** Starts without its journal: what it has approved and reserved is gone. */
export class ForgetfulGate extends GateNode {
  protected override recover(): void {}
}
