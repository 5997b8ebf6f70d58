import { type Answer, cancelAnswer, orderRow, placementAnswer } from '../outbound/order-answers.ts';
import type { RequestOrigin } from '../state/ledger-record.ts';
import { type OrderState, isOpen } from '../state/order.ts';
import { Refusal } from '../state/refusal.ts';
import { type Call, type Dialect, type SignedRequest, marketOf } from './dialect.ts';
import { orderDraft, responseKind } from './order-request.ts';
import type { Parameters } from './parameters.ts';

function originOf({ key, via, parameters }: SignedRequest): RequestOrigin {
  return { keyId: key.id, via, parameters: parameters.asReceived() };
}

/** Runs a request that changes orders; a refusal is written into the ledger before it is told. */
function recorded<T>(
  dialect: Dialect,
  request: SignedRequest,
  type: 'order-refused' | 'cancel-refused',
  run: () => T,
): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) {
      dialect.engine.refused(type, request.key.account, error, originOf(request));
      if (type === 'order-refused') dialect.counters.ordersRefused++;
    }
    throw error;
  }
}

function countOrder(dialect: Dialect, request: SignedRequest): void {
  const counts = dialect.budgets.spendOrder(request.key.account, dialect.engine.nowMillis());
  request.headers.set('x-mbx-order-count-10s', String(counts.tenSeconds));
  request.headers.set('x-mbx-order-count-1d', String(counts.day));
}

function draftOf(dialect: Dialect, { key, parameters }: SignedRequest): ReturnType<typeof orderDraft> {
  const market = marketOf(dialect, parameters);
  return orderDraft(parameters, { account: key.account, market, prevention: dialect.prevention });
}

function placeOrder(dialect: Dialect, request: SignedRequest): Answer {
  return recorded(dialect, request, 'order-refused', () => {
    countOrder(dialect, request);
    const draft = draftOf(dialect, request);
    const kind = responseKind(request.parameters);
    const { order, fills } = dialect.engine.place(draft, originOf(request));
    dialect.counters.ordersAccepted++;
    return placementAnswer(order, fills, kind);
  });
}

function testOrder(dialect: Dialect, request: SignedRequest): Answer {
  const draft = draftOf(dialect, request);
  responseKind(request.parameters);
  dialect.engine.check(draft);
  return {};
}

/** The order that the parameters name, by our id or the client's. */
function findOrder(
  dialect: Dialect,
  { key, parameters }: SignedRequest,
  names: { readonly id: string; readonly clientId: string },
): OrderState | undefined {
  const { symbol } = marketOf(dialect, parameters);
  const orderId = parameters.integer(names.id);
  const clientId = parameters.find(names.clientId);
  const { orders } = dialect.engine.books;
  if (orderId === undefined && clientId === undefined) {
    throw new Refusal('missingEither', `${names.clientId}' or '${names.id}`);
  }
  const order =
    orderId === undefined
      ? orders.findByClientId(key.account, symbol, clientId ?? '')
      : orders.find(key.account, orderId);
  const matches = order?.symbol === symbol && (clientId === undefined || order.clientOrderId === clientId);
  return matches ? order : undefined;
}

const ORDER_NAMES = { id: 'orderId', clientId: 'origClientOrderId' } as const;
const REPLACED_NAMES = { id: 'cancelOrderId', clientId: 'cancelOrigClientOrderId' } as const;

function cancelIdOf(parameters: Parameters, name: string): string {
  return parameters.clientOrderId(name) ?? '';
}

function cancelOne(
  dialect: Dialect,
  request: SignedRequest,
  names: { readonly id: string; readonly clientId: string; readonly cancelId: string },
): Answer {
  return recorded(dialect, request, 'cancel-refused', () => {
    const order = findOrder(dialect, request, names);
    if (order === undefined || !isOpen(order)) throw new Refusal('unknownOrder');
    const cancelId = cancelIdOf(request.parameters, names.cancelId);
    dialect.engine.cancel(order, cancelId, originOf(request));
    dialect.counters.cancels++;
    return cancelAnswer(order, cancelId);
  });
}

function cancelAll(dialect: Dialect, request: SignedRequest): Answer[] {
  return recorded(dialect, request, 'cancel-refused', () => {
    const { symbol } = marketOf(dialect, request.parameters);
    const open = dialect.engine.books.orders.open(request.key.account, symbol);
    if (open.length === 0) throw new Refusal('unknownOrder');
    return open.map((order) => {
      dialect.engine.cancel(order, '', originOf(request));
      dialect.counters.cancels++;
      return cancelAnswer(order, '');
    });
  });
}

function orderStatus(dialect: Dialect, request: SignedRequest): Answer {
  const order = findOrder(dialect, request, ORDER_NAMES);
  if (order === undefined) throw new Refusal('orderMissing');
  return orderRow(order);
}

function openOrders(dialect: Dialect, { key, parameters }: SignedRequest): Answer[] {
  const symbol = parameters.find('symbol') === undefined ? undefined : marketOf(dialect, parameters).symbol;
  return dialect.engine.books.orders.open(key.account, symbol).map(orderRow);
}

/** Cancels one order and places another: in this order, each answered for itself. */
function cancelReplace(dialect: Dialect, request: SignedRequest): Answer {
  const mode = request.parameters.text('cancelReplaceMode');
  if (mode !== 'STOP_ON_FAILURE' && mode !== 'ALLOW_FAILURE') throw new Refusal('missing', 'cancelReplaceMode');
  const cancel = attempt(() => cancelOne(dialect, request, { ...REPLACED_NAMES, cancelId: 'cancelNewClientOrderId' }));
  if (!cancel.ok && mode === 'STOP_ON_FAILURE') {
    throw new Refusal('replaceFailed', '', { data: replaceData(cancel, undefined) });
  }
  const placed = attempt(() => placeOrder(dialect, request));
  const data = replaceData(cancel, placed);
  if (cancel.ok && placed.ok) return data;
  throw new Refusal(cancel.ok || placed.ok ? 'replacePartial' : 'replaceFailed', '', { data });
}

type Attempt = { readonly ok: boolean; readonly answer: Answer };

function attempt(run: () => Answer): Attempt {
  try {
    return { ok: true, answer: run() };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, answer: error.body() };
    throw error;
  }
}

function replaceData(cancel: Attempt, placed: Attempt | undefined): Answer {
  const result = (one: Attempt): string => (one.ok ? 'SUCCESS' : 'FAILURE');
  return {
    cancelResult: result(cancel),
    newOrderResult: placed === undefined ? 'NOT_ATTEMPTED' : result(placed),
    cancelResponse: cancel.answer,
    newOrderResponse: placed?.answer ?? null,
  };
}

/** The calls that make, end and find orders. */
export const tradingCalls: readonly Call[] = [
  {
    rest: 'POST /api/v3/order',
    ws: 'order.place',
    weight: 1,
    security: 'trade',
    changesOrders: true,
    answer: placeOrder,
  },
  { rest: 'POST /api/v3/order/test', ws: 'order.test', weight: 1, security: 'trade', answer: testOrder },
  {
    rest: 'DELETE /api/v3/order',
    ws: 'order.cancel',
    weight: 1,
    security: 'trade',
    changesOrders: true,
    answer: (dialect, request) => cancelOne(dialect, request, { ...ORDER_NAMES, cancelId: 'newClientOrderId' }),
  },
  {
    rest: 'POST /api/v3/order/cancelReplace',
    ws: 'order.cancelReplace',
    weight: 1,
    security: 'trade',
    changesOrders: true,
    answer: cancelReplace,
  },
  {
    rest: 'DELETE /api/v3/openOrders',
    ws: 'openOrders.cancelAll',
    weight: 1,
    security: 'trade',
    changesOrders: true,
    answer: cancelAll,
  },
  { rest: 'GET /api/v3/order', ws: 'order.status', weight: 4, security: 'read', answer: orderStatus },
  {
    rest: 'GET /api/v3/openOrders',
    ws: 'openOrders.status',
    weight: (parameters) => (parameters.find('symbol') === undefined ? 80 : 6),
    security: 'read',
    answer: openOrders,
  },
];
