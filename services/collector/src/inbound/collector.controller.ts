import { Controller, Delete, Get, HttpException, Param, Put, Query, Req } from '@nestjs/common';
import { UserError, wallMicros } from '@portcullis/config';
import { QUALITY_WINDOW_MICROS, type QualityWindow, venueSymbol } from '@portcullis/contracts';
import { z } from 'zod';
import { Collector } from '../collector.ts';
import { instrumentsOf, statusOf } from '../outbound/status.ts';

const DAY_MICROS = 86_400_000_000;
/** Days of quality windows in one answer. */
const DAYS_MAX = 31;
const LOCAL: readonly string[] = ['127.0.0.1', '::1', '::ffff:127.0.0.1'];

const micros = z.coerce.number().int().min(0);
const qualityQuery = z.strictObject({
  venue: z.string(),
  symbol: z.string(),
  /** Microseconds since the epoch; left out: the last 24 hours. */
  from: micros.optional(),
  to: micros.optional(),
});

/** Where a request comes from. */
interface Origin {
  readonly ip: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

interface Change {
  readonly venue: string;
  readonly symbol: string;
  readonly collected: boolean;
}

/** What people and other services ask a collector, and what they tell it to collect. */
@Controller('v1')
export class CollectorController {
  readonly #collector: Collector;

  constructor(collector: Collector) {
    this.#collector = collector;
  }

  @Get('status')
  status(): unknown {
    return statusOf(this.#collector);
  }

  @Get('instruments')
  instruments(): unknown {
    return { instruments: instrumentsOf(this.#collector) };
  }

  @Get('uploader')
  uploader(): unknown {
    const { archive } = this.#collector;
    return archive === undefined ? refuse(404, 'this collector keeps no archive') : archive.status();
  }

  @Get('quality')
  async quality(@Query() asked: unknown): Promise<Record<string, unknown> & { windows: QualityWindow[] }> {
    const query = qualityQuery.safeParse(asked);
    if (!query.success) {
      return refuse(400, query.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
    }
    const { venue, symbol } = query.data;
    const to = query.data.to ?? wallMicros() + QUALITY_WINDOW_MICROS;
    const from = query.data.from ?? to - DAY_MICROS;
    if (from >= to || to - from > DAYS_MAX * DAY_MICROS) {
      return refuse(400, `from is before to, and at most ${DAYS_MAX} days lie between them`);
    }
    return { venue, symbol, from, to, windows: await this.#collector.quality.read({ venue, symbol }, from, to) };
  }

  @Put('instruments/:venue/:symbol')
  add(@Param('venue') venue: string, @Param('symbol') symbol: string, @Req() request: Origin): Change {
    return this.#change({ venue, symbol, collected: true }, request);
  }

  @Delete('instruments/:venue/:symbol')
  remove(@Param('venue') venue: string, @Param('symbol') symbol: string, @Req() request: Origin): Change {
    return this.#change({ venue, symbol, collected: false }, request);
  }

  #change(change: Change, { ip, headers }: Origin): Change {
    const { venue, symbol, collected } = change;
    // Pages of other origins that a browser on this machine shows have no business here.
    if (!LOCAL.includes(ip) || headers['origin'] !== undefined) {
      return refuse(403, 'instruments are changed from this machine only');
    }
    if (!venueSymbol.safeParse(symbol).success) return refuse(400, `${symbol} is no symbol`);
    if (!this.#collector.isConfigured(venue)) return refuse(404, `no venue is called ${venue}`);
    const present = this.#collector.symbols(venue).includes(symbol);
    if (!collected && !present) return refuse(404, `${symbol} of ${venue} is not collected`);
    try {
      if (collected !== present) this.#collector.change(venue, symbol, collected);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return refuse(409, `${error.message}; ${error.remedy}`);
    }
    return change;
  }
}

function refuse(status: number, error: string): never {
  throw new HttpException({ error }, status);
}
