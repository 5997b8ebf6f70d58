import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { type Delivered, JetStreamBatchHandler } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import type { OrderIntent } from '@portcullis/contracts';
import { GateShell } from '../state/gate-shell.ts';
import { intentDecoder } from './decoders.ts';

/** Intents that arrived together share one sync of the journal; each is acknowledged after its verdict is stored. */
const BATCH_MAX = 64;

@Controller()
export class IntentsController {
  readonly #gate: GateShell;

  constructor(gate: GateShell) {
    this.#gate = gate;
  }

  @JetStreamBatchHandler({ stream: 'INTENTS', schema: intentDecoder, batchMax: BATCH_MAX })
  async intents(@Payload() batch: readonly Delivered<OrderIntent>[]): Promise<void> {
    await this.#gate.whenCaughtUp();
    const at = wallMicros();
    await this.#gate.judge(batch.map(({ message }) => ({ type: 'intent', at, intent: message })));
  }
}
