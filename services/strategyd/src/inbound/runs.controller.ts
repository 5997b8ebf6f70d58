import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  StreamableFile,
  UseGuards,
} from '@nestjs/common';
import { RUN_PRIORITIES, RUN_STATES, type RunProgress } from '@portcullis/contracts';
import { strategies } from '@portcullis/strategy';
import { z } from 'zod';
import { Artefacts } from '../outbound/artefacts.ts';
import { Lab, type RunView } from '../state/lab.ts';
import { answering, parsed, refuse } from './http-errors.ts';
import { NoForeignPages } from './same-origin.ts';

const who = z.string().trim().min(1).max(128).default('http');
const submission = z.strictObject({
  request: z.record(z.string(), z.json()),
  priority: z.enum(RUN_PRIORITIES).default('normal'),
  by: who,
});
const sweepSubmission = z.strictObject({
  spec: z.record(z.string(), z.json()),
  priority: z.enum(RUN_PRIORITIES).default('low'),
  by: who,
});
const withdrawal = z
  .strictObject({ reason: z.string().trim().min(1).max(500).default('cancelled over HTTP'), by: who })
  .prefault({});
const listing = z.strictObject({
  state: z.enum(RUN_STATES).optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
});

interface Listing {
  readonly total: number;
  readonly runs: readonly RunProgress[];
}

/** What is needed of fastify's reply. */
interface Reply {
  header(name: string, value: string): unknown;
}

/** Backtests and sweeps over HTTP: ask, look, take back, fetch. */
@Controller('v1')
@UseGuards(NoForeignPages)
export class RunsController {
  readonly #lab: Lab;
  readonly #artefacts: Artefacts;

  constructor(lab: Lab, artefacts: Artefacts) {
    this.#lab = lab;
    this.#artefacts = artefacts;
  }

  @Get('strategies')
  catalogue(): unknown {
    return {
      strategies: strategies.map(({ name, description, parameters }) => ({
        name,
        description,
        parameters: schemaOf(parameters),
      })),
    };
  }

  @Get('queue')
  async queue(): Promise<unknown> {
    return { waiting: await this.#lab.waiting() };
  }

  @Post('runs')
  @HttpCode(202)
  async submit(@Body() body: unknown): Promise<RunProgress> {
    const { request, ...asking } = parsed(submission, body);
    return answering(this.#lab.submitBacktest(request, asking));
  }

  @Get('runs')
  list(@Query() query: unknown): Listing {
    return this.#listing('runs', query);
  }

  @Get('runs/:id')
  async run(@Param('id') id: string): Promise<RunView> {
    return answering(this.#lab.run(id));
  }

  @Delete('runs/:id')
  async cancelRun(@Param('id') id: string, @Body() body: unknown): Promise<RunProgress> {
    return this.#cancel(id, body);
  }

  @Post('runs/:id/cancel')
  @HttpCode(200)
  async cancelRunToo(@Param('id') id: string, @Body() body: unknown): Promise<RunProgress> {
    return this.#cancel(id, body);
  }

  @Get('runs/:id/artefacts')
  async artefacts(@Param('id') id: string): Promise<unknown> {
    const { manifest } = await answering(this.#lab.run(id));
    return { artefacts: manifest === undefined ? [] : this.#artefacts.list(manifest) };
  }

  @Get('runs/:id/artefacts/:name')
  async artefact(
    @Param('id') id: string,
    @Param('name') name: string,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<StreamableFile> {
    const { manifest, state } = await answering(this.#lab.run(id));
    if (manifest === undefined) return refuse(404, `${id} has no artefacts: it is ${state}`);
    const found = await this.#artefacts.open(manifest, name);
    if (found === undefined) {
      const names = this.#artefacts.list(manifest).map((one) => one.name);
      return refuse(
        404,
        `${id} has no artefact ${JSON.stringify(name.slice(0, 80))}: expected one of ${names.join(', ')}`,
      );
    }
    // A report may have scripts of its own, and nothing from elsewhere.
    reply.header(
      'content-security-policy',
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; sandbox allow-scripts allow-downloads",
    );
    reply.header('x-content-type-options', 'nosniff');
    return new StreamableFile(found.body, { type: found.type, length: found.bytes });
  }

  @Post('sweeps')
  @HttpCode(202)
  async submitSweep(@Body() body: unknown): Promise<RunProgress> {
    const { spec, ...asking } = parsed(sweepSubmission, body);
    return answering(this.#lab.submitSweep(spec, asking));
  }

  @Get('sweeps')
  listSweeps(@Query() query: unknown): Listing {
    return this.#listing('sweeps', query);
  }

  @Get('sweeps/:id')
  async sweep(@Param('id') id: string): Promise<unknown> {
    return answering(this.#lab.sweep(id));
  }

  @Delete('sweeps/:id')
  async cancelSweep(@Param('id') id: string, @Body() body: unknown): Promise<RunProgress> {
    return this.#cancel(id, body);
  }

  @Post('sweeps/:id/cancel')
  @HttpCode(200)
  async cancelSweepToo(@Param('id') id: string, @Body() body: unknown): Promise<RunProgress> {
    return this.#cancel(id, body);
  }

  #cancel(id: string, body: unknown): Promise<RunProgress> {
    return answering(this.#lab.cancel(id, parsed(withdrawal, body ?? {})));
  }

  #listing(kind: 'runs' | 'sweeps', query: unknown): Listing {
    const { state, limit } = parsed(listing, query);
    const all = this.#lab.list(kind).filter((one) => state === undefined || one.state === state);
    return { total: all.length, runs: all.slice(0, limit) };
  }
}

function schemaOf(parameters: z.ZodType): unknown {
  return z.toJSONSchema(parameters, { io: 'input', unrepresentable: 'any' });
}
