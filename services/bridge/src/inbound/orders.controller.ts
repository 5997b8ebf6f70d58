import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { type Delivered, JetStreamBatchHandler } from '@portcullis/bus';
import type { CancelRequest, SignedVerdict } from '@portcullis/contracts';
import { BridgeMetrics } from '../state/bridge-metrics.ts';
import { BridgeShell } from '../state/bridge-shell.ts';
import { cancelDecoder, verdictDecoder } from './decoders.ts';

/** Verdicts that arrived together share one sync of the journal. */
const BATCH_MAX = 32;

/** What is to be sent and what is to be taken back. Acknowledged once it is in the journal; the venue's answer comes later. */
@Controller()
export class OrdersController {
  readonly #shell: BridgeShell;
  readonly #metrics: BridgeMetrics;

  constructor(shell: BridgeShell, metrics: BridgeMetrics) {
    this.#shell = shell;
    this.#metrics = metrics;
  }

  @JetStreamBatchHandler({ stream: 'VERDICTS', schema: verdictDecoder, batchMax: BATCH_MAX })
  async verdicts(@Payload() batch: readonly Delivered<SignedVerdict>[]): Promise<void> {
    const started = performance.now();
    this.#shell.takeAll(batch.map(({ message }) => ({ type: 'verdict', signed: message })));
    const seconds = (performance.now() - started) / 1000;
    for (const _verdict of batch) this.#metrics.decided(seconds);
  }

  @JetStreamBatchHandler({ stream: 'CANCELS', schema: cancelDecoder, batchMax: BATCH_MAX })
  async cancels(@Payload() batch: readonly Delivered<CancelRequest>[]): Promise<void> {
    this.#shell.takeAll(batch.map(({ message }) => ({ type: 'cancel', request: message })));
  }
}
