import { Controller, Inject, Logger } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { type Keyring, type KillNotice, readKill, verdictSignatureHolds } from '@portcullis/authority';
import {
  type Decoder,
  type Delivered,
  type DeliveryContext,
  JetStreamBatchHandler,
  JetStreamHandler,
} from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import {
  type ClearDocument,
  type MarketEvent,
  type OrderEvent,
  type SignedVerdict,
  clearDocumentSchema,
  marketEventSchema,
  orderEventSchema,
  signedVerdictSchema,
} from '@portcullis/contracts';
import { ok } from '@portcullis/kernel';
import { Runs } from '../state/runs.ts';

/** A kill is never refused: what does not parse kills everything. */
const killDecoder: Decoder<KillNotice> = (bytes, subject) => ok(readKill(subject, new TextDecoder().decode(bytes)));

/** The {@link Keyring} whose verdicts are believed. */
export const GATE_KEYS = Symbol('gate keys');

/** Hands what comes from the bus to the runs. Acknowledged once it is in their journals. */
@Controller()
export class BusController {
  readonly #logger = new Logger('verdicts');
  readonly #runs: Runs;
  readonly #gateKeys: Keyring;

  constructor(runs: Runs, @Inject(GATE_KEYS) gateKeys: Keyring) {
    this.#runs = runs;
    this.#gateKeys = gateKeys;
  }

  @JetStreamBatchHandler({ stream: 'MARKET', schema: marketEventSchema })
  onMarket(@Payload() entries: readonly Delivered<MarketEvent>[]): void {
    if (this.#runs.stopping) return;
    this.#runs.market(
      entries.map(({ message }) => message),
      wallMicros(),
    );
  }

  @JetStreamHandler({ stream: 'VERDICTS', schema: signedVerdictSchema })
  async onVerdict(@Payload() verdict: SignedVerdict): Promise<void> {
    await this.#runs.whenOpen(verdict.verdict.runId);
    if (!verdictSignatureHolds(this.#gateKeys, verdict)) {
      // Only riskd's account may write here, so this is somebody else's key or a broken message: the run waits on.
      this.#runs.countForged();
      this.#logger.error(`verdict ${verdict.verdict.verdictId} is not signed by the gate`);
      return;
    }
    this.#runs.verdict(verdict, wallMicros());
  }

  @JetStreamHandler({ stream: 'ORDERS', schema: orderEventSchema })
  async onOrder(@Payload() event: OrderEvent): Promise<void> {
    await this.#runs.whenOpen(event.runId);
    this.#runs.order(event, wallMicros());
  }

  @JetStreamHandler({ stream: 'CONTROL', subject: 'ctl.kill.>', schema: killDecoder })
  async onKill(@Payload() { scope, reason }: KillNotice, @Ctx() { streamSequence }: DeliveryContext): Promise<void> {
    await this.#runs.whenOpen();
    this.#runs.control({ kind: 'kill', scope, reason, streamSequence }, wallMicros());
  }

  @JetStreamHandler({ stream: 'CONTROL', subject: 'ctl.doc.clear', schema: clearDocumentSchema })
  async onClear(@Payload() { statement }: ClearDocument, @Ctx() { streamSequence }: DeliveryContext): Promise<void> {
    await this.#runs.whenOpen();
    this.#runs.control({ kind: 'clear', scope: statement.scope, streamSequence }, wallMicros(), statement.account);
  }
}
