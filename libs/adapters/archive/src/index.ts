export * from './columns.ts';
export { collectOrphans, type Orphan, type OrphanOptions, type OrphanReport } from './compact/collect-orphans.ts';
export {
  compactAll,
  type CompactAllOptions,
  type CompactAllReport,
  type CompactFailure,
} from './compact/compact-all.ts';
export { compactDay, type CompactOptions, type CompactReport, type CompactStep } from './compact/compact-day.ts';
export { CompactionRefused, type RefusalReason } from './compact/compaction-refused.ts';
export * from './duck.ts';
export * from './manifest/commit-files.ts';
export * from './manifest/list-partitions.ts';
export * from './manifest/manifest-error.ts';
export { manifestDigest, manifestText, parseManifest } from './manifest/manifest-format.ts';
export { readManifest } from './manifest/read-manifest.ts';
export * from './partition.ts';
export * from './read/index.ts';
export type { Finding, FindingKind } from './verify/finding.ts';
export { verifyArchive, type VerifyOptions, type VerifyReport } from './verify/verify-archive.ts';
export { ArchiveWriter, type ArchiveWriterOptions } from './write/archive-writer.ts';
export { EventColumns } from './write/event-columns.ts';
export { type SegmentFile, writeSegment } from './write/write-segment.ts';
export * from './write/writer-status.ts';
export * from './quality-ledger.ts';
