import { Malformed } from '../../binance/market/frame-members.ts';

const MILLIS = /^[0-9]{13}$/;
const MILLIS_MIN = 1_000_000_000_000;
const MILLIS_MAX = 4_100_000_000_000;

/** `"1652459225464"` in microseconds. */
export function millisText(text: unknown, member: string): number {
  const millis = typeof text === 'string' && MILLIS.test(text) ? Number(text) : -1;
  if (millis < MILLIS_MIN || millis >= MILLIS_MAX) {
    throw new Malformed(member, text, 'epoch milliseconds between 2001 and 2099');
  }
  return millis * 1000;
}
