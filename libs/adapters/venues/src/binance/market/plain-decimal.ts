const PLAIN = /^(0|[1-9][0-9]*)(\.[0-9]+)?$/;

/** A venue's number as the shortest plain decimal string (`61602.01000000` → `61602.01`); undefined when it is none. */
export function plainDecimal(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > 64 || !PLAIN.test(text)) return undefined;
  if (!text.includes('.')) return text;
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end -= 1;
  if (text.charCodeAt(end - 1) === 46) end -= 1;
  return text.slice(0, end);
}
