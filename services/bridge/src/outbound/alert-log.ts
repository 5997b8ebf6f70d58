import type { LoggerService } from '@nestjs/common';
import type { BridgeEffect } from '@portcullis/execution';
import type { Performer } from '../state/bridge-shell.ts';

/** Alerts and refusals as lines of the log, which the observer turns into pages. */
export class AlertLog implements Performer {
  readonly #logger: LoggerService;

  constructor(logger: LoggerService) {
    this.#logger = logger;
  }

  perform(effect: BridgeEffect): void {
    if (effect.type === 'refused') this.#logger.warn({ refused: effect.reason, detail: effect.detail });
    if (effect.type !== 'alert') return;
    const line = { alert: effect.name, severity: effect.severity, summary: effect.summary };
    if (effect.severity === 'critical') this.#logger.error(line);
    else this.#logger.warn(line);
  }
}
