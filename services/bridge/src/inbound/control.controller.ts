import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { KillNotice } from '@portcullis/authority';
import { type DeliveryContext, JetStreamHandler, PoisonMessage } from '@portcullis/bus';
import { type ClearDocument, clearDocumentSchema } from '@portcullis/contracts';
import { BridgeShell } from '../state/bridge-shell.ts';
import { killDecoder } from './decoders.ts';

/** Kills and the documents that clear them. */
@Controller()
export class ControlController {
  readonly #shell: BridgeShell;

  constructor(shell: BridgeShell) {
    this.#shell = shell;
  }

  @JetStreamHandler({ stream: 'CONTROL', subject: 'ctl.kill.>', schema: killDecoder })
  async kill(
    @Payload() { problem, scope, reason, by }: KillNotice,
    @Ctx() { streamSequence, timestampMicros: publishedAt }: DeliveryContext,
  ): Promise<void> {
    this.#shell.take({ type: 'kill', scope, reason, by, streamSequence, publishedAt });
    // Everything is latched by now; the letter is for the person who wrote it.
    if (problem !== undefined) throw new PoisonMessage(problem);
  }

  @JetStreamHandler({ stream: 'CONTROL', subject: 'ctl.doc.clear', schema: clearDocumentSchema })
  async clear(@Payload() document: ClearDocument, @Ctx() { streamSequence }: DeliveryContext): Promise<void> {
    this.#shell.take({ type: 'document', document, streamSequence });
  }
}
