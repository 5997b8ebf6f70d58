import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { type Delivered, JetStreamBatchHandler } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import { type MarketEvent, marketEventSchema } from '@portcullis/contracts';
import { concernsQuotes } from '@portcullis/market';
import { GateShell } from '../state/gate-shell.ts';

/** Prices to judge by, and the holes in them. */
@Controller()
export class MarketController {
  readonly #gate: GateShell;

  constructor(gate: GateShell) {
    this.#gate = gate;
  }

  @JetStreamBatchHandler({ stream: 'MARKET', schema: marketEventSchema })
  async market(@Payload() batch: readonly Delivered<MarketEvent>[]): Promise<void> {
    const at = wallMicros();
    for (const { message } of batch) {
      if (message.kind === 'quote') this.#gate.quote(message, at);
      if (message.kind === 'gap' && concernsQuotes(message)) await this.#gate.gap(message, at);
    }
  }
}
