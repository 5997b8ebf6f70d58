import { BacktestError, type BacktestRequest, checkedRequest, refuseFloats } from '@portcullis/backtests';
import { base36OfHex, contentHash } from '@portcullis/kernel';
import { withoutCredentials } from './store-address.ts';

/** Checks a backtest request. Throws {@link BacktestError} `input` naming every field that is wrong. */
export function parseBacktestRequest(input: unknown): BacktestRequest {
  const request = checkedRequest(input);
  refuseFloats(request, []);
  return request;
}

/** Equal requests, equal id: asking twice is asking once. */
export function backtestIdOf(request: BacktestRequest): string {
  return `rq-${base36OfHex(contentHash(['backtest', request]), 20)}`;
}

/** The part `[from, to)` of a sweep as a request of its own. */
export function partIdOf(sweepId: string, from: number, to: number): string {
  return `${sweepId}-${from}-${to}`;
}

/** Refuses data of a store that this instance may not read. */
export function checkDataStore(url: string, allowed: readonly string[] | undefined): void {
  if (allowed === undefined) return;
  const isBelow = allowed.some((prefix) => {
    const root = prefix.endsWith('/') ? prefix : `${prefix}/`;
    return `${url}/`.startsWith(root) && !/(^|\/)\.\.?(\/|$)|%/.test(url.slice(root.length - 1));
  });
  if (isBelow) return;
  const expected = `an address of ${allowed.map(withoutCredentials).join(', ')}`;
  throw BacktestError.of({ field: 'data.url', value: withoutCredentials(url).slice(0, 200), expected });
}
