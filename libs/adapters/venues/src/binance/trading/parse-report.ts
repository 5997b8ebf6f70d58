import type { BalanceReport, FillReport, OrderReport, ReportedStatus } from '@portcullis/execution';

/** An answer of the venue that does not have the form that its documentation promises. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
}

type Fields = Readonly<Record<string, unknown>>;

const STATUSES: Readonly<Record<string, ReportedStatus>> = {
  NEW: 'new',
  PENDING_NEW: 'new',
  PENDING_CANCEL: 'new',
  PARTIALLY_FILLED: 'partially-filled',
  FILLED: 'filled',
  CANCELED: 'canceled',
  REJECTED: 'rejected',
  EXPIRED: 'expired',
  EXPIRED_IN_MATCH: 'expired',
};

export function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnreadableAnswer(`${what} is no object`);
  }
  return value as Fields;
}

export function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new UnreadableAnswer(`${what} is no list`);
  return value;
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '' && value.length <= 64) return value;
  throw new UnreadableAnswer(`${name} is ${JSON.stringify(value) ?? 'missing'}, expected text`);
}

/** Ids come as JSON numbers, or as strings where they are too large for one. */
function id(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return String(value);
  if (typeof value === 'string' && /^\d{1,30}$/.test(value)) return value;
  throw new UnreadableAnswer(`${name} is ${JSON.stringify(value) ?? 'missing'}, expected an id`);
}

/** Numbers stay the strings that the venue printed: no float ever holds them. */
function decimal(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string' && /^\d{1,40}(\.\d{1,24})?$/.test(value)) return value;
  throw new UnreadableAnswer(`${name} is ${JSON.stringify(value) ?? 'missing'}, expected a decimal`);
}

/** Venue time in milliseconds, as microseconds. */
function micros(fields: Fields, ...names: readonly string[]): number {
  const value = names.map((name) => fields[name]).find((candidate) => candidate !== undefined);
  const ms = Number(value);
  if (!Number.isSafeInteger(ms) || ms < 0) {
    throw new UnreadableAnswer(`${names[0] ?? 'time'} is ${JSON.stringify(value) ?? 'missing'}, expected milliseconds`);
  }
  return ms * 1000;
}

function status(fields: Fields, name: string): ReportedStatus {
  const known = STATUSES[text(fields, name)];
  if (known === undefined) throw new UnreadableAnswer(`order status ${text(fields, name)} is unknown`);
  return known;
}

function side(fields: Fields, name: string): 'buy' | 'sell' {
  const value = text(fields, name);
  if (value === 'BUY') return 'buy';
  if (value === 'SELL') return 'sell';
  throw new UnreadableAnswer(`side ${value} is unknown`);
}

/** An order as REST answers it: to POST, GET and DELETE, and in the list of open orders. */
export function parseOrder(answer: unknown): OrderReport {
  const fields = fieldsOf(answer, 'the order');
  const original = fields['origClientOrderId'];
  return {
    // The answer to a cancel names the cancel's own id first.
    clientOrderId: typeof original === 'string' && original !== '' ? original : text(fields, 'clientOrderId'),
    venueOrderId: id(fields, 'orderId'),
    symbol: text(fields, 'symbol'),
    status: status(fields, 'status'),
    executedQuantity: decimal(fields, 'executedQty'),
    at: micros(fields, 'transactTime', 'updateTime', 'time'),
  };
}

/** The executions in the answer to an order (`newOrderRespType=FULL`). They happened on arrival, so we took. */
export function parseOrderFills(answer: unknown): readonly FillReport[] {
  const fields = fieldsOf(answer, 'the order');
  const order = parseOrder(answer);
  return listOf(fields['fills'] ?? [], 'fills').map((entry) => {
    const fill = fieldsOf(entry, 'a fill');
    return {
      clientOrderId: order.clientOrderId,
      venueOrderId: order.venueOrderId,
      symbol: order.symbol,
      tradeId: id(fill, 'tradeId'),
      side: side(fields, 'side'),
      price: decimal(fill, 'price'),
      quantity: decimal(fill, 'qty'),
      fee: decimal(fill, 'commission'),
      feeCurrency: text(fill, 'commissionAsset'),
      liquidity: 'taker',
      at: order.at,
    };
  });
}

/** One entry of `GET /api/v3/myTrades`. It names no client order id. */
export function parseTrade(entry: unknown): FillReport {
  const fields = fieldsOf(entry, 'a trade');
  return {
    venueOrderId: id(fields, 'orderId'),
    symbol: text(fields, 'symbol'),
    tradeId: id(fields, 'id'),
    side: fields['isBuyer'] === true ? 'buy' : 'sell',
    price: decimal(fields, 'price'),
    quantity: decimal(fields, 'qty'),
    fee: decimal(fields, 'commission'),
    feeCurrency: text(fields, 'commissionAsset'),
    liquidity: fields['isMaker'] === true ? 'maker' : 'taker',
    at: micros(fields, 'time'),
  };
}

/** `GET /api/v3/account`. */
export function parseBalances(answer: unknown): readonly BalanceReport[] {
  return listOf(fieldsOf(answer, 'the account')['balances'], 'balances').map((entry) => {
    const fields = fieldsOf(entry, 'a balance');
    return { currency: text(fields, 'asset'), free: decimal(fields, 'free'), locked: decimal(fields, 'locked') };
  });
}

/** An `executionReport` of the private stream: the order's state, and the execution if it is one. */
export function parseExecutionReport(message: unknown): {
  readonly report: OrderReport;
  readonly fills: readonly FillReport[];
} {
  const fields = fieldsOf(message, 'the execution report');
  const original = fields['C'];
  const reason = fields['r'];
  const report: OrderReport = {
    clientOrderId: typeof original === 'string' && original !== '' ? original : text(fields, 'c'),
    venueOrderId: id(fields, 'i'),
    symbol: text(fields, 's'),
    status: status(fields, 'X'),
    executedQuantity: decimal(fields, 'z'),
    at: micros(fields, 'T'),
    ...(typeof reason === 'string' && reason !== 'NONE' && reason !== '' ? { reason } : {}),
  };
  return { report, fills: fields['x'] === 'TRADE' ? [executionOf(fields, report)] : [] };
}

function executionOf(fields: Fields, report: OrderReport): FillReport {
  const fee = fields['n'] === undefined || fields['n'] === null ? '0' : decimal(fields, 'n');
  return {
    clientOrderId: report.clientOrderId,
    venueOrderId: report.venueOrderId,
    symbol: report.symbol,
    tradeId: id(fields, 't'),
    side: side(fields, 'S'),
    price: decimal(fields, 'L'),
    quantity: decimal(fields, 'l'),
    fee,
    // Without a fee there is no currency of one; the account's fee token stands for "none".
    feeCurrency: /^0(\.0+)?$/.test(fee) && typeof fields['N'] !== 'string' ? 'BNB' : text(fields, 'N'),
    liquidity: fields['m'] === true ? 'maker' : 'taker',
    at: report.at,
  };
}
