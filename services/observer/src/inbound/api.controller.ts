import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import type { MarketView, RunView, Status } from '@portcullis/contracts';
import { EventStream } from '../outbound/event-stream.ts';
import type { DeadLetterView } from '../state/troubles.ts';
import type { MarketDetail } from '../state/projection.ts';
import type { FillView, OrderLife, VerdictView } from '../state/order-lives.ts';
import type { ProfitPoint } from '../state/run-books.ts';
import { Watch } from '../state/watch.ts';
import type { Reply } from './http.ts';
import { checked, listQuerySchema, marketQuerySchema, ordersQuerySchema } from './query.ts';

/** What people and programs read over HTTP. */
@Controller('v1')
export class ApiController {
  readonly #watch: Watch;
  readonly #events: EventStream;

  constructor(@Inject(Watch) watch: Watch, @Inject(EventStream) events: EventStream) {
    this.#watch = watch;
    this.#events = events;
  }

  @Get('status')
  status(): Status {
    return this.#watch.status();
  }

  @Get('runs')
  runs(): { runs: (RunView & { profits: readonly ProfitPoint[] })[] } {
    const { runs } = this.#watch.status();
    return { runs: runs.map((run) => ({ ...run, profits: this.#watch.projection.profits(run.runId) })) };
  }

  @Get('orders')
  orders(@Query() query: unknown): { orders: OrderLife[] } {
    const { limit, run, state } = checked(ordersQuerySchema, query);
    return {
      orders: this.#watch.projection.orders(
        limit,
        (life) => (run === undefined || life.runId === run) && (state === undefined || life.state === state),
      ),
    };
  }

  @Get('verdicts')
  verdicts(@Query() query: unknown): { verdicts: VerdictView[] } {
    return { verdicts: this.#watch.projection.verdicts(checked(listQuerySchema, query).limit) };
  }

  @Get('fills')
  fills(@Query() query: unknown): { fills: FillView[] } {
    return { fills: this.#watch.projection.fills(checked(listQuerySchema, query).limit) };
  }

  @Get('market')
  market(@Query() query: unknown): { markets: (MarketView & MarketDetail)[] } {
    const { since } = checked(marketQuerySchema, query);
    return {
      markets: this.#watch
        .status()
        .markets.map((view) => ({ ...view, ...this.#watch.projection.marketDetail(view.instrument, since) })),
    };
  }

  @Get('control')
  control(): Pick<Status, 'tradingState' | 'controls'> & { kills: unknown[] } {
    const { tradingState, controls } = this.#watch.status();
    return { tradingState, controls, kills: this.#watch.projection.kills(100) };
  }

  @Get('dead-letters')
  deadLetters(): { deadLetters: DeadLetterView[] } {
    return { deadLetters: this.#watch.projection.deadLetters() };
  }

  /** Server-sent events: `status` at most four times a second, `order`, `verdict`, `fill` and `kill` as they come. */
  @Get('events')
  events(@Res() reply: Reply): void {
    if (this.#events.full) {
      void reply
        .status(503)
        .header('retry-after', '5')
        .send({ error: 'as many watch as there is room for; try again later' });
      return;
    }
    // From here on the response is ours; the headers that others would add are set by hand.
    const headers = reply.getHeaders();
    reply.hijack();
    reply.raw.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    this.#events.add(reply.raw);
    reply.raw.write(`event: status\ndata: ${JSON.stringify(this.#watch.status())}\n\n`);
  }
}
