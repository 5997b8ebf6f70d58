import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { KillNotice } from '@portcullis/authority';
import { type DeliveryContext, JetStreamHandler, PoisonMessage } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import { type ClearDocument, clearDocumentSchema } from '@portcullis/contracts';
import { GateShell } from '../state/gate-shell.ts';
import { killDecoder } from './decoders.ts';

/** Kills and the documents that clear them. */
@Controller()
export class ControlController {
  readonly #gate: GateShell;

  constructor(gate: GateShell) {
    this.#gate = gate;
  }

  @JetStreamHandler({ stream: 'CONTROL', subject: 'ctl.kill.>', schema: killDecoder })
  async kill(@Payload() { problem, ...kill }: KillNotice, @Ctx() { streamSequence }: DeliveryContext): Promise<void> {
    await this.#gate.take([{ type: 'kill', at: wallMicros(), ...kill, streamSequence }]);
    // Everything is latched by now; the letter is for the person who wrote it.
    if (problem !== undefined) throw new PoisonMessage(problem);
  }

  @JetStreamHandler({ stream: 'CONTROL', subject: 'ctl.doc.clear', schema: clearDocumentSchema })
  async clear(@Payload() document: ClearDocument, @Ctx() { streamSequence }: DeliveryContext): Promise<void> {
    await this.#gate.take([{ type: 'document', at: wallMicros(), document, streamSequence }]);
  }
}
