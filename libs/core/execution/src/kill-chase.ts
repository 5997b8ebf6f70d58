import { scopeCovers } from '@portcullis/authority';
import type { Findings, OrderReport } from '@portcullis/reconciliation';
import type { BridgeConfig } from './bridge-config.ts';
import { clientOrderIdPrefix, isOwnClientOrderId } from './client-order-id.ts';
import type { KillNotice, LocalKills, LocalLatch } from './local-kills.ts';
import type { OrderEvidence } from './order-evidence.ts';
import { isTerminal } from './order-state.ts';
import { type OwnOrder, type OwnOrders, latchSubjectOf, pursue } from './own-orders.ts';
import type { Step } from './step.ts';
import type { SweepInput, Sweeps } from './sweeps.ts';

/** Chases the orders that a kill covers until a sweep made after it finds none: ours by our list, all by the venue's. */
export class KillChase {
  readonly #config: BridgeConfig;
  readonly #orders: OwnOrders;
  readonly #kills: LocalKills;
  readonly #evidence: OrderEvidence;
  readonly #sweeps: Sweeps;

  constructor(parts: {
    config: BridgeConfig;
    orders: OwnOrders;
    kills: LocalKills;
    evidence: OrderEvidence;
    sweeps: Sweeps;
  }) {
    this.#config = parts.config;
    this.#orders = parts.orders;
    this.#kills = parts.kills;
    this.#evidence = parts.evidence;
    this.#sweeps = parts.sweeps;
  }

  kill(step: Step, notice: KillNotice): void {
    if (!this.#kills.kill(notice)) return;
    step.alert('kill', 'critical', `kill of ${notice.scope} by ${notice.by}: ${notice.reason}`);
    this.#cancelOurs(step);
    step.effects.push({ type: 'cancel-by-query', scope: notice.scope });
    this.#sweeps.want(step, 'kill');
  }

  #cancelOurs(step: Step): void {
    for (const order of this.#orders.live()) if (this.#covered(order)) pursue(order.cancel, step.at);
  }

  #covered(order: OwnOrder): boolean {
    return this.#kills.covering(latchSubjectOf(order.venueOrder, order.verdict)) !== undefined;
  }

  /** Cancels what the venue lists and an unconfirmed kill covers, also orders that we have no record of. */
  cancelListed(step: Step, reports: readonly OrderReport[]): void {
    const latches = this.#kills.unconfirmed();
    for (const report of reports) {
      const { clientOrderId, symbol, venueOrderId } = report;
      const order = this.#orders.get(clientOrderId);
      if (order !== undefined) {
        this.#evidence.report(step, order, report, []);
        if (!isTerminal(order.status) && this.#covered(order)) pursue(order.cancel, step.at);
      } else if (isOwnClientOrderId(clientOrderId) && latches.some((latch) => this.#coversStray(latch, report))) {
        step.effects.push({ type: 'cancel', clientOrderId, symbol, venueOrderId });
      }
    }
  }

  #coversStray(latch: LocalLatch, report: OrderReport): boolean {
    // Whose strategy an unknown order is cannot be seen, and a kill errs on the side of cancelling.
    if (latch.scope.startsWith('strategy.')) return true;
    if (latch.scope.startsWith('run.')) {
      return report.clientOrderId.startsWith(clientOrderIdPrefix(latch.scope.slice('run.'.length)));
    }
    const { venue, account } = this.#config;
    return scopeCovers(latch.scope, { venue, account, symbol: report.symbol, strategy: '', runId: '' });
  }

  /** Judges the kills by a sweep: one that finds nothing confirms, anything else cancels and looks again. */
  swept(step: Step, sweep: SweepInput, result: { readonly issuedAt: number; readonly findings: Findings }): void {
    if (this.#kills.unconfirmed().length === 0) return;
    this.cancelListed(step, sweep.openOrders);
    for (const latch of this.#kills.unconfirmed()) {
      const ours = this.#orders
        .live()
        .some((order) => scopeCovers(latch.scope, latchSubjectOf(order.venueOrder, order.verdict)));
      const strays = result.findings.strays.some((report) => this.#coversStray(latch, report));
      latch.confirmed = sweep.complete && result.issuedAt >= latch.at && !ours && !strays;
    }
    if (this.#kills.unconfirmed().length === 0) return;
    this.#cancelOurs(step);
    this.#sweeps.wantSoon(step, 'kill');
  }
}
