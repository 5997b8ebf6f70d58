/** A broken assumption of our own code. It stops the process; the journal rebuilds the state. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

/** Throws {@link AssertionFailure} when `condition` does not hold. On in production. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** The default branch of an exhaustive `switch`: compiles only while every case is handled. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unreachable value: ${JSON.stringify(value)}`);
}

/** `value`, or an {@link AssertionFailure} naming `what` when it is undefined or null. */
export function required<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new AssertionFailure(`missing ${what}`);
  return value;
}
