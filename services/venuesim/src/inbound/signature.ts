import type { ApiKey } from '../state/key-ring.ts';
import { Refusal } from '../state/refusal.ts';

/** What of a REST request is signed: query and body as sent, one after the other, without the signature itself. */
export function signedText(
  query: string,
  body: string,
): { readonly payload: string; readonly signature: string | undefined } {
  let signature: string | undefined;
  const bare = [query, body].map((text) =>
    text
      .split('&')
      .filter((part) => {
        if (!part.startsWith('signature=')) return true;
        signature = decodeURIComponent(part.slice('signature='.length));
        return false;
      })
      .join('&'),
  );
  return { payload: bare.join(''), signature };
}

/** What of a websocket request is signed: its parameters sorted by name, joined as a query. */
export function signedParams(params: Readonly<Record<string, unknown>>): {
  readonly payload: string;
  readonly signature: string | undefined;
} {
  const { signature, ...rest } = params;
  const payload = Object.keys(rest)
    .sort()
    .map((name) => `${name}=${String(rest[name])}`)
    .join('&');
  return { payload, signature: typeof signature === 'string' ? signature : undefined };
}

export function checkSignature(
  key: ApiKey,
  signed: { readonly payload: string; readonly signature: string | undefined },
): void {
  if (signed.signature === undefined || signed.signature === '') throw new Refusal('missing', 'signature');
  if (!key.signed(signed.payload, signed.signature)) throw new Refusal('badSignature');
}
