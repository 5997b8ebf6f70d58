import { Refusal } from '../state/refusal.ts';
import type { Parameters } from './parameters.ts';

const WINDOW_MS_DEFAULT = 5000;
const WINDOW_MS_MAX = 60_000;
/** How far ahead of the venue's clock a request may be. */
const AHEAD_MS_MAX = 1000;
/** Timestamps at or above this are microseconds: in milliseconds it would be the year 5138. */
const MICROS_FROM = 1e14;

/** Refuses a signed request whose `timestamp` is outside of its `recvWindow`, by Binance's rule ("Timing security"). */
export function checkWindow(parameters: Parameters, nowMillis: number): void {
  const windowText = parameters.find('recvWindow') ?? String(WINDOW_MS_DEFAULT);
  const windowMs = Number(windowText);
  if (!/^[0-9]{1,8}(\.[0-9]{1,3})?$/.test(windowText)) throw new Refusal('missing', 'recvWindow');
  if (windowMs > WINDOW_MS_MAX) throw new Refusal('windowTooLong');
  const sent = parameters.integer('timestamp');
  if (sent === undefined) throw new Refusal('missing', 'timestamp');
  const sentMillis = sent >= MICROS_FROM ? sent / 1000 : sent;
  if (sentMillis >= nowMillis + AHEAD_MS_MAX) throw new Refusal('aheadOfTime');
  if (nowMillis - sentMillis > windowMs) throw new Refusal('outsideWindow');
}
