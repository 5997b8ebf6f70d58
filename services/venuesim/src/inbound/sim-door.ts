import type { ServerResponse } from 'node:http';
import { formatMoney } from '@portcullis/kernel';
import { touchAnswer } from '../outbound/market-answers.ts';
import { orderRow } from '../outbound/order-answers.ts';
import { type FaultRequest, type Faults, faultRequestSchema } from '../state/faults.ts';
import type { Ledger } from '../state/ledger.ts';
import type { Dialect } from './dialect.ts';
import type { SideDoor } from './http-server.ts';

const RECORDS_MAX = 10_000;
const RECORDS_DEFAULT = 1000;

/** What tests and operators ask beside the dialect: `/sim/ledger`, `/sim/state`, `/sim/faults`, `/sim/health`. */
export function simDoor(options: {
  readonly dialect: Dialect;
  readonly ledger: Ledger;
  /** Null where the configuration does not allow faults. */
  readonly faults: Faults | null;
  /** Cuts websockets. */
  readonly cut: (kind: NonNullable<FaultRequest['closeSockets']>) => number;
  readonly notReady: () => string | undefined;
}): SideDoor {
  return (request, response, body) => {
    const url = new URL(request.url ?? '/', 'http://venue');
    if (!url.pathname.startsWith('/sim/')) return false;
    const route = `${request.method ?? 'GET'} ${url.pathname}`;
    switch (route) {
      case 'GET /sim/ledger':
        ledgerPage(options.ledger, url, response);
        break;
      case 'GET /sim/state':
        reply(response, 200, stateOf(options.dialect));
        break;
      case 'GET /sim/health': {
        const reason = options.notReady();
        reply(response, reason === undefined ? 200 : 503, {
          status: reason === undefined ? 'ok' : 'not ready',
          reason,
        });
        break;
      }
      case 'POST /sim/faults':
        applyFaults(options, body, response);
        break;
      default:
        reply(response, 404, { error: `nothing answers ${route}` });
    }
    return true;
  };
}

function ledgerPage(ledger: Ledger, url: URL, response: ServerResponse): void {
  const from = Number(url.searchParams.get('from') ?? '1');
  const limit = Number(url.searchParams.get('limit') ?? RECORDS_DEFAULT);
  if (!Number.isSafeInteger(from) || from < 0 || !Number.isSafeInteger(limit) || limit < 1 || limit > RECORDS_MAX) {
    reply(response, 400, { error: `from is a sequence number and limit between 1 and ${RECORDS_MAX}` });
    return;
  }
  const records = ledger.read(from, limit);
  reply(response, 200, { records, next: (records.at(-1)?.seq ?? from - 1) + 1, end: ledger.seqNext });
}

function stateOf({ engine, markets, counters }: Dialect): unknown {
  const { accounts, orders } = engine.books;
  const balancesOf = (name: string): unknown =>
    Object.fromEntries(
      accounts
        .list(name)
        .map(([asset, { free, locked }]) => [asset, { free: formatMoney(free), locked: formatMoney(locked) }]),
    );
  return {
    at: engine.nowMillis(),
    accounts: Object.fromEntries(accounts.names().map((name) => [name, balancesOf(name)])),
    totals: Object.fromEntries(accounts.assets().map((asset) => [asset, formatMoney(accounts.total(asset))])),
    openOrders: orders.allOpen().map((order) => ({ account: order.account, ...orderRow(order) })),
    markets: Object.fromEntries(
      [...markets.values()].map((market) => [
        market.symbol,
        {
          ...touchAnswer(market),
          sequence: market.sequence,
          bookOrders: market.book.openOrderCount(),
          definition: market.definition,
        },
      ]),
    ),
    counters,
  };
}

function applyFaults(options: Parameters<typeof simDoor>[0], body: string, response: ServerResponse): void {
  if (options.faults === null) {
    reply(response, 403, { error: 'faults are off: set "faults": true in the configuration' });
    return;
  }
  let data: unknown;
  try {
    data = JSON.parse(body === '' ? '{}' : body);
  } catch (error) {
    reply(response, 400, { error: `the body is not JSON: ${(error as Error).message}` });
    return;
  }
  const request = faultRequestSchema.safeParse(data);
  if (!request.success) {
    const wrong = request.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    reply(response, 400, { error: wrong.join('; ') });
    return;
  }
  options.faults.apply(request.data);
  const cut = request.data.closeSockets === undefined ? 0 : options.cut(request.data.closeSockets);
  reply(response, 200, { applied: request.data, socketsCut: cut });
}

function reply(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) });
  response.end(body);
}
