/** Nothing was written to the venue, and why. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
  readonly reason: 'expired' | 'superseded' | 'killed' | 'no-permit' | 'refused' | 'not-sent';

  constructor(reason: NotSent['reason'], detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/** What an error of an order request says about the order. */
export type ErrorVerdict = { readonly kind: 'rejected'; readonly code: string } | { readonly kind: 'unknown' };

/**
 * Codes after which the order may live although they look like answers: unknown error, disconnected, unexpected response,
 * time-out, overloaded (Binance spot REST errors -1000 to -1008).
 */
const UNKNOWN_CODES = new Set(['-1000', '-1001', '-1006', '-1007', '-1008']);

/** Refusals that ccxt files under trouble with the network: too many requests (429, 418), clock outside the window (-1021). */
const REFUSALS_IN_DISGUISE = ['DDoSProtection', 'RateLimitExceeded', 'InvalidNonce'];

/** The names of an error's classes, from its own up. ccxt's hierarchy is the venue's answer, classified. */
export function classNames(error: unknown): readonly string[] {
  const names: string[] = [];
  for (
    let at: unknown = (error as object | null)?.constructor;
    typeof at === 'function';
    at = Object.getPrototypeOf(at)
  ) {
    if (at.name !== '') names.push(at.name);
  }
  return names;
}

export function venueCode(message: string): string | undefined {
  return /"code"\s*:\s*(-?\d+)/.exec(message)?.[1];
}

/**
 * Whether an error of an order request is the venue's definite no. Only an `ExchangeError` can be: all else (time-outs, resets,
 * 5xx, bodies that do not parse, which ccxt throws as bare TypeErrors) leaves the order unresolved.
 */
export function classifyOrderError(
  error: unknown,
  answer: { readonly httpStatus: number | undefined; readonly code: string | undefined },
): ErrorVerdict {
  const names = classNames(error);
  const message = messageOf(error);
  const code = answer.code ?? venueCode(message);
  const { httpStatus } = answer;
  const rejected = { kind: 'rejected', code: code ?? names[0] ?? 'unknown' } as const;
  if (httpStatus !== undefined && (httpStatus >= 500 || httpStatus < 200)) return { kind: 'unknown' };
  if (code !== undefined && UNKNOWN_CODES.has(code)) return { kind: 'unknown' };
  // We send no order twice, so if the venue saw the id before, somebody should look.
  if (/duplicate order/i.test(message)) return { kind: 'unknown' };
  if (names.some((name) => REFUSALS_IN_DISGUISE.includes(name))) return rejected;
  return names.includes('ExchangeError') && !names.includes('OrderNotFound') ? rejected : { kind: 'unknown' };
}

/** The venue says that it does not know the order. */
export function isOrderNotFound(error: unknown): boolean {
  return classNames(error).includes('OrderNotFound');
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error's message without anything that opens the account. */
export function scrubbed(error: unknown, secrets: readonly string[]): string {
  let text = messageOf(error).replace(/(signature=)[^&\s"]+/gi, '$1***');
  for (const secret of secrets) if (secret !== '') text = text.replaceAll(secret, '***');
  return text.slice(0, 500);
}
