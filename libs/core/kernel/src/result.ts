/** A business answer as a value: either `{ ok: true, value }` or `{ ok: false, error }`. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/** What is wrong with an input: the field, the value as it came, and what was expected. */
export interface InputError {
  readonly field: string;
  readonly value: string;
  readonly expected: string;
}

export function describeInputError(error: InputError): string {
  return `${error.field} is ${JSON.stringify(error.value)}, expected ${error.expected}`;
}
