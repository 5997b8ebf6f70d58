/** Whether every subject that `inner` matches is matched by `outer` too (`*` is one token, a last `>` one or more). */
export function covers(outer: string, inner: string): boolean {
  const outerTokens = outer.split('.');
  const innerTokens = inner.split('.');
  for (let i = 0; i < outerTokens.length; i++) {
    if (outerTokens[i] === '>') return innerTokens.length > i;
    const token = innerTokens[i];
    if (token === undefined || token === '>') return false;
    if (outerTokens[i] !== '*' && outerTokens[i] !== token) return false;
  }
  return innerTokens.length === outerTokens.length;
}

/** The subjects that both patterns match, when one of them covers the other; undefined otherwise. */
export function narrower(a: string, b: string): string | undefined {
  if (covers(a, b)) return b;
  return covers(b, a) ? a : undefined;
}
