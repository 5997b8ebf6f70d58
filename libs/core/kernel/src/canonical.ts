import { assert } from './assert.ts';

/** What canonical JSON can hold. Numbers are safe integers only: money and prices travel as strings. */
export type CanonicalValue =
  string | number | boolean | null | undefined | readonly CanonicalValue[] | { readonly [key: string]: CanonicalValue };

/**
 * Canonical JSON after RFC 8785 (sorted keys, no white space), restricted to safe integers.
 * Object members that are undefined are left out, as JSON.stringify does.
 * Throws an assertion on anything that has no single spelling (floats, -0, NaN, bigint, lone surrogates).
 */
export function canonicalJson(value: unknown): string {
  // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- every other kind is refused alike
  switch (typeof value) {
    case 'string':
      assert(value.isWellFormed(), 'canonical JSON cannot hold a lone surrogate');
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
        assert(false, `canonical JSON holds safe integers only, not ${value}`);
      }
      return String(value);
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? canonicalArray(value) : canonicalObject(value);
    default:
      assert(false, `canonical JSON cannot hold a ${typeof value}`);
  }
}

function canonicalArray(items: readonly unknown[]): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) text += (i === 0 ? '' : ',') + canonicalJson(items[i]);
  return `${text}]`;
}

function canonicalObject(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  assert(prototype === Object.prototype || prototype === null, 'canonical JSON holds plain objects only');
  const record = value as Record<string, unknown>;
  let text = '{';
  let first = true;
  // RFC 8785 §3.2.3 sorts by UTF-16 code units, which is what the default sort compares.
  for (const key of Object.keys(record).sort()) {
    const member = record[key];
    if (member === undefined) continue;
    text += `${first ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
    first = false;
  }
  return `${text}}`;
}
