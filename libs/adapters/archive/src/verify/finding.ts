/** What can be wrong with an archive. */
export type FindingKind =
  /** A manifest names a file that is not there. */
  | 'manifest-without-file'
  /** A data file that no manifest names: left behind, or on its way. Nothing reads it. */
  | 'file-without-manifest'
  | 'manifest-unreadable'
  /** A generation is missing, or does not follow from the one before it. */
  | 'chain-broken'
  | 'size-differs'
  | 'sha256-differs'
  /** Found by reading the rows: */
  | 'rows-differ'
  | 'span-differs'
  | 'rows-hash-differs'
  | 'rows-unsorted'
  | 'file-unreadable';

export interface Finding {
  readonly kind: FindingKind;
  /** The object. */
  readonly key: string;
  readonly reason: string;
}
