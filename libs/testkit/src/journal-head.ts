/** The head of a journal that nobody checks: record `seq`, with a hash of zeros. */
export function journalHead(seq = 1): { readonly seq: number; readonly hash: string } {
  return { seq, hash: '0'.repeat(64) };
}
