import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { type Delivered, JetStreamBatchHandler, JetStreamHandler } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import type { OrderEvent, ReconSnapshot } from '@portcullis/contracts';
import { GateShell } from '../state/gate-shell.ts';
import { orderEventDecoder, reconDecoder } from './decoders.ts';

/** What the bridge says of orders and of the venue. */
@Controller()
export class OrdersController {
  readonly #gate: GateShell;

  constructor(gate: GateShell) {
    this.#gate = gate;
  }

  @JetStreamBatchHandler({ stream: 'ORDERS', schema: orderEventDecoder })
  async orders(@Payload() batch: readonly Delivered<OrderEvent>[]): Promise<void> {
    const at = wallMicros();
    await this.#gate.take(batch.map(({ message }) => ({ type: 'order', at, event: message })));
  }

  @JetStreamHandler({ stream: 'RECON', schema: reconDecoder })
  async recon(@Payload() snapshot: ReconSnapshot): Promise<void> {
    await this.#gate.take([{ type: 'recon', at: wallMicros(), snapshot }]);
  }
}
