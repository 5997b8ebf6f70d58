export type RefusalReason =
  /** Bars of one start and period say different things. */
  | 'bars-conflict'
  /** An object is not what its manifest says. */
  | 'input-differs'
  /** A file that the manifest names is not there. */
  | 'input-missing'
  /** What was written does not hold the same rows: a bug or a broken machine. */
  | 'not-equal'
  /** The store does not hold what was uploaded. */
  | 'upload-differs';

/** A compaction that stopped before it changed anything: the partition stands as it did. */
export class CompactionRefused extends Error {
  override readonly name = 'CompactionRefused';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}
