/**
 * Every refusal that the venue speaks, with its HTTP status, code and text as Binance's spot documentation has them
 * ("Error codes for Binance"). `%` stands for the detail.
 */
const REFUSALS = {
  unknown: [400, -1000, 'An unknown error occurred while processing the request.'],
  internal: [500, -1001, 'Internal error; unable to process your request. Please try again.'],
  tooManyRequests: [429, -1003, 'Too many requests; current limit is % request weight per 1 MINUTE.'],
  banned: [418, -1003, 'Way too many requests; IP banned until %.'],
  filter: [400, -1013, 'Filter failure: %'],
  invalidQuantity: [400, -1013, 'Invalid quantity.'],
  tooManyOrders: [429, -1015, 'Too many new orders; current limit is %.'],
  unsupported: [400, -1020, 'This operation is not supported.'],
  outsideWindow: [400, -1021, 'Timestamp for this request is outside of the recvWindow.'],
  aheadOfTime: [400, -1021, "Timestamp for this request was 1000ms ahead of the server's time."],
  badSignature: [400, -1022, 'Signature for this request is not valid.'],
  illegalCharacters: [400, -1100, "Illegal characters found in parameter '%"],
  duplicateParameter: [400, -1101, "Duplicate values for parameter '%' detected."],
  missing: [400, -1102, "Mandatory parameter '%' was not sent, was empty/null, or malformed."],
  missingEither: [400, -1102, "Param '%' must be sent, but both were empty/null!"],
  notRequired: [400, -1106, "Parameter '%' sent when not required."],
  tooPrecise: [400, -1111, "Parameter '%' has too much precision."],
  invalidTimeInForce: [400, -1115, 'Invalid timeInForce.'],
  invalidOrderType: [400, -1116, 'Invalid orderType.'],
  invalidSide: [400, -1117, 'Invalid side.'],
  invalidInterval: [400, -1120, 'Invalid interval.'],
  invalidSymbol: [400, -1121, 'Invalid symbol.'],
  windowTooLong: [400, -1131, 'recvWindow must be less than 60000.'],
  insufficientBalance: [400, -2010, 'Account has insufficient balance for requested action.'],
  wouldTake: [400, -2010, 'Order would immediately match and take.'],
  wouldTrigger: [400, -2010, 'Stop price would trigger immediately.'],
  duplicateOrder: [400, -2010, 'Duplicate order sent.'],
  marketClosed: [400, -2010, 'Market is closed.'],
  icebergUnsupported: [400, -2010, 'Iceberg orders are not supported for this symbol.'],
  trailingUnsupported: [400, -2010, 'Trailing stop orders are not supported for this symbol.'],
  preventionUnsupported: [400, -2010, 'This symbol does not allow the specified self-trade prevention mode.'],
  unknownOrder: [400, -2011, 'Unknown order sent.'],
  orderMissing: [400, -2013, 'Order does not exist.'],
  keyFormat: [401, -2014, 'API-key format invalid.'],
  keyRejected: [401, -2015, 'Invalid API-key, IP, or permissions for action.'],
  replacePartial: [409, -2021, 'Order cancel-replace partially failed.'],
  replaceFailed: [400, -2022, 'Order cancel-replace failed.'],
  hmacLogon: [400, -4056, 'HMAC_SHA256 API key is not supported.'],
} as const satisfies Record<string, readonly [number, number, string]>;

export type RefusalName = keyof typeof REFUSALS;

/**
 * The venue says no. It is thrown so that the many checks of one request read as a list; the one place that answers
 * requests catches it.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly http: number;
  readonly code: number;
  /** Seconds for the header `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;
  /** What `data` of the answer holds (cancel-replace). */
  readonly data: unknown;

  constructor(
    name: RefusalName,
    detail = '',
    extra: { readonly retryAfterSeconds?: number; readonly data?: unknown } = {},
  ) {
    const [http, code, text] = REFUSALS[name];
    super(text.replace('%', () => detail));
    this.http = http;
    this.code = code;
    this.retryAfterSeconds = extra.retryAfterSeconds;
    this.data = extra.data;
  }

  /** The body of the answer. */
  body(): Record<string, unknown> {
    return { code: this.code, msg: this.message, ...(this.data === undefined ? {} : { data: this.data }) };
  }
}

/** A parameter with characters outside its pattern, in Binance's wording. */
export function illegalCharacters(parameter: string, pattern: string): Refusal {
  return new Refusal('illegalCharacters', `${parameter}'; legal range is '${pattern}'.`);
}
