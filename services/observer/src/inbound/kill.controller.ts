import {
  Body,
  Controller,
  ForbiddenException,
  Headers,
  HttpCode,
  Inject,
  Post,
  ServiceUnavailableException,
} from '@nestjs/common';
import { PublishAborted, PublishRefused } from '@portcullis/bus';
import { type KillCommand, killCommandSchema } from '@portcullis/contracts';
import { KillRelay } from '../outbound/kill-relay.ts';
import { meantByOurPage } from './browser-guard.ts';
import { checked } from './query.ts';

const otherWays = "use `portcullis kill`, or write to the bus yourself: nats req ctl.kill.all '{}'";

/** Takes a kill from a person and answers with its place in the control log. */
@Controller('v1/kill')
export class KillController {
  readonly #relay: KillRelay;

  constructor(@Inject(KillRelay) relay: KillRelay) {
    this.#relay = relay;
  }

  @Post()
  @HttpCode(202)
  async kill(
    @Headers() headers: Record<string, string | undefined>,
    @Body() body: unknown,
  ): Promise<{ stored: true; stream: string; seq: number } & KillCommand> {
    if (!meantByOurPage(headers)) {
      throw new ForbiddenException({
        error: 'a kill needs the header x-portcullis-request: 1, which other sites cannot send',
      });
    }
    const command = checked(killCommandSchema, body);
    try {
      const { stream, seq } = await this.#relay.kill(command);
      return { stored: true, stream, seq, ...command };
    } catch (error) {
      if (error instanceof PublishAborted) {
        throw new ServiceUnavailableException({
          error: `the bus did not confirm the kill (outcome ${error.outcome}); ${otherWays}`,
        });
      }
      if (error instanceof PublishRefused) {
        throw new ServiceUnavailableException({ error: `the bus refused the kill: ${error.message}; ${otherWays}` });
      }
      throw error;
    }
  }
}
