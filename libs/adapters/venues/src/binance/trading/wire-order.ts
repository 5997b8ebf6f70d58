import type { VenueOrder } from '@portcullis/contracts';
import { type Result, canonicalJson, err, ok } from '@portcullis/kernel';
import { venueOrderHash } from '@portcullis/execution';

/** The bytes that are about to leave, as far as they say what is asked of the venue. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
}

/** What the bridge may ask of the account besides placing orders. Everything else is refused before it is written. */
const ALLOWED: readonly string[] = [
  'GET /api/v3/exchangeInfo',
  'GET /api/v3/time',
  'GET /api/v3/account',
  'GET /api/v3/order',
  'GET /api/v3/openOrders',
  'GET /api/v3/myTrades',
  'DELETE /api/v3/order',
];

const PLACE_ORDER = 'POST /api/v3/order';

/** Parameters that do not change what the order is. `checked` ones must still have the one value that we set. */
const VOLATILE = new Set(['timestamp', 'signature', 'recvWindow']);
const CHECKED: Readonly<Record<string, string>> = { newOrderRespType: 'FULL', selfTradePreventionMode: 'EXPIRE_TAKER' };
const ORDER_FIELDS = new Set([
  'symbol',
  'side',
  'newClientOrderId',
  'type',
  'timeInForce',
  'quantity',
  'price',
  'stopPrice',
]);

/** Whether a request places an order; anything that is neither that nor allowed is an error. */
export function kindOfRequest(request: WireRequest): Result<'order' | 'query', string> {
  const line = `${request.method} ${request.path}`;
  if (line === PLACE_ORDER) return ok('order');
  return ALLOWED.includes(line) ? ok('query') : err(`the bridge does not ask for ${line}`);
}

/**
 * Turns an outgoing `POST /api/v3/order` back into the order that it places. Venue and reduce-only are not in Binance's spot
 * dialect, nor is the time in force of market orders: those come from `approved`. Unknown or doubled parameters are errors.
 */
export function orderOnWire(request: WireRequest, approved: VenueOrder): Result<VenueOrder, string> {
  if (request.query !== '') return err('an order has no query');
  const fields = parameters(request.body);
  if (!fields.ok) return fields;
  for (const [name, value] of fields.value) {
    if (ORDER_FIELDS.has(name) || VOLATILE.has(name)) continue;
    if (CHECKED[name] === undefined) return err(`parameter ${name} is not one that we send`);
    if (CHECKED[name] !== value) return err(`parameter ${name} is ${value}, not ${CHECKED[name]}`);
  }
  for (const name of [...Object.keys(CHECKED), ...VOLATILE]) {
    if (!fields.value.has(name)) return err(`parameter ${name} is missing`);
  }
  return orderOfFields(fields.value, approved);
}

function orderOfFields(fields: ReadonlyMap<string, string>, approved: VenueOrder): Result<VenueOrder, string> {
  const kind = KINDS[fields.get('type') ?? ''];
  if (kind === undefined) return err(`order type ${fields.get('type') ?? '(absent)'} is not one that we send`);
  const side = SIDES[fields.get('side') ?? ''];
  if (side === undefined) return err(`side ${fields.get('side') ?? '(absent)'} is unknown`);
  const timeInForce =
    kind.timeInForce ??
    TIMES_IN_FORCE.find((known) => known === fields.get('timeInForce')) ??
    (kind.type === 'market' ? approved.timeInForce : undefined);
  if (timeInForce === undefined) return err(`time in force ${fields.get('timeInForce') ?? '(absent)'} is unknown`);
  if ((kind.timeInForce !== undefined || kind.type === 'market') && fields.has('timeInForce')) {
    return err(`a ${fields.get('type') ?? ''} order has no time in force`);
  }
  const price = fields.get('price');
  const stopPrice = fields.get('stopPrice');
  return ok({
    clientOrderId: fields.get('newClientOrderId') ?? '',
    venue: approved.venue,
    symbol: fields.get('symbol') ?? '',
    side,
    type: kind.type,
    timeInForce,
    postOnly: kind.postOnly,
    reduceOnly: approved.reduceOnly,
    quantity: fields.get('quantity') ?? '',
    ...(price === undefined ? {} : { price }),
    ...(stopPrice === undefined ? {} : { stopPrice }),
  });
}

const KINDS: Readonly<
  Record<
    string,
    { readonly type: VenueOrder['type']; readonly postOnly: boolean; readonly timeInForce?: VenueOrder['timeInForce'] }
  >
> = {
  LIMIT: { type: 'limit', postOnly: false },
  LIMIT_MAKER: { type: 'limit', postOnly: true, timeInForce: 'GTC' },
  MARKET: { type: 'market', postOnly: false },
  STOP_LOSS_LIMIT: { type: 'stop-limit', postOnly: false },
};
const SIDES: Readonly<Record<string, VenueOrder['side']>> = { BUY: 'buy', SELL: 'sell' };
const TIMES_IN_FORCE = ['GTC', 'IOC', 'FOK'] as const;

/** The parameters of a form body. Nothing that we send needs an escape, so an escape is something that we did not send. */
function parameters(body: string): Result<ReadonlyMap<string, string>, string> {
  const fields = new Map<string, string>();
  for (const pair of body.split('&')) {
    const match = /^([A-Za-z]+)=([A-Za-z0-9._-]+)$/.exec(pair);
    const [, name = '', value = ''] = match ?? [];
    if (match === null) return err(`parameter ${pair.slice(0, 40)} is not spelled plainly`);
    if (fields.has(name)) return err(`parameter ${name} is there twice`);
    fields.set(name, value);
  }
  return ok(fields);
}

/** The last comparison: undefined when the bytes place exactly the approved order, else what differs. */
export function wireMismatch(request: WireRequest, approved: VenueOrder): string | undefined {
  const wire = orderOnWire(request, approved);
  if (!wire.ok) return wire.error;
  if (
    canonicalJson(wire.value) === canonicalJson(approved) &&
    venueOrderHash(wire.value) === venueOrderHash(approved)
  ) {
    return undefined;
  }
  const differing = Object.keys({ ...approved, ...wire.value }).filter(
    (key) => wire.value[key as keyof VenueOrder] !== approved[key as keyof VenueOrder],
  );
  return `the bytes differ from the approved order in ${differing.join(', ')}`;
}

/** The parameters that place an order, spelled exactly as approved. What the dialect cannot say is an error. */
export function parametersOf(order: VenueOrder): Result<Readonly<Record<string, string>>, string> {
  const type =
    order.type === 'limit'
      ? order.postOnly
        ? 'LIMIT_MAKER'
        : 'LIMIT'
      : order.type === 'market'
        ? 'MARKET'
        : 'STOP_LOSS_LIMIT';
  if (order.postOnly && order.type !== 'limit') return err('only limit orders can be post-only');
  const timeInForce = type === 'LIMIT' || type === 'STOP_LOSS_LIMIT' ? { timeInForce: order.timeInForce } : {};
  return ok({
    symbol: order.symbol,
    side: order.side === 'buy' ? 'BUY' : 'SELL',
    newClientOrderId: order.clientOrderId,
    type,
    ...timeInForce,
    quantity: order.quantity,
    ...(order.price === undefined ? {} : { price: order.price }),
    ...(order.stopPrice === undefined ? {} : { stopPrice: order.stopPrice }),
    ...CHECKED,
  });
}
