import { canonicalJson } from './canonical.ts';
import { sha256Hex } from './hash.ts';

const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';

/** The SHA-256 of the canonical JSON of `value`, in hexadecimal: equal content, equal digest. */
export function contentHash(value: unknown): string {
  return sha256Hex(canonicalJson(value));
}

/** An id of 32 hex digits derived from content, so that a retry finds the same id. `domain` keeps kinds apart. */
export function derivedId(domain: string, ...parts: readonly (string | number)[]): string {
  return sha256Hex(canonicalJson([domain, ...parts])).slice(0, 32);
}

/** `length` characters of `[0-9a-z]` taken from a hexadecimal digest (at most 24 from a SHA-256 keep their bias below 2^-120). */
export function base36OfHex(hex: string, length: number): string {
  let value = BigInt(`0x${hex}`);
  let text = '';
  for (let i = 0; i < length; i++) {
    text += BASE36[Number(value % 36n)] ?? '';
    value /= 36n;
  }
  return text;
}
