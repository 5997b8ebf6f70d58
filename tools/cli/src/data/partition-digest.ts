import type { PartitionManifest } from '@portcullis/contracts';
import { sha256Hex } from '@portcullis/kernel';

/**
 * One digest of what a partition holds: of its only file, or of the list of all its files' digests. It depends on the
 * content alone, so it is the same in every store that holds the same files.
 */
export function partitionDigest({ files }: PartitionManifest): string {
  const [first] = files;
  if (files.length === 1 && first !== undefined) return first.sha256;
  return sha256Hex(files.map(({ name, sha256 }) => `${name} ${sha256}\n`).join(''));
}
