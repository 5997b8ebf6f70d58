import { Malformed } from '../../market/frame-members.ts';
import { EPOCH_MICROS_MAX, EPOCH_MICROS_MIN } from '../../market/event-time.ts';

const MILLIS = /^[0-9]{13}$/;
const MILLIS_MIN = EPOCH_MICROS_MIN / 1000;
const MILLIS_MAX = EPOCH_MICROS_MAX / 1000;

/** `"1652459225464"` in microseconds. */
export function millisText(text: unknown, member: string): number {
  const millis = typeof text === 'string' && MILLIS.test(text) ? Number(text) : -1;
  if (millis < MILLIS_MIN || millis >= MILLIS_MAX) {
    throw new Malformed(member, text, 'epoch milliseconds between 2001 and 2099');
  }
  return millis * 1000;
}
