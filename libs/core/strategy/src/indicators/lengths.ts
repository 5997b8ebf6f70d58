/** The most values that an indicator looks back on: ten thousand bars of a minute are a week. */
export const LENGTH_MAX = 10_000;

/** A length of an indicator, checked. Throws RangeError. */
export function wholeLength(length: number, name = 'length'): number {
  if (!Number.isSafeInteger(length) || length < 1 || length > LENGTH_MAX) {
    throw new RangeError(`a ${name} of ${length}: expected a whole number from 1 to ${LENGTH_MAX}`);
  }
  return length;
}

/** A value that an indicator may take: NaN and infinities would stay in it for ever. Throws RangeError. */
export function finite(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is not a finite number`);
  // A negative zero does not survive JSON.
  return value + 0;
}
