import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of columns after which the chunks that are done with are given back. Twice as much is in use at most. */
const BYTES_MAX = 8 * 1024 * 1024;

let collect: (() => void) | undefined;
let bytesSince = 0;

/**
 * Says that `bytes` of columns came out of DuckDB. Its chunks lie outside the heap and are freed by finalizers, but the
 * heap does not know their size and would let hundreds of megabytes of them pile up. So the young generation, in which
 * all of them die, is collected after every {@link BYTES_MAX}: about a millisecond, a hundredth of the time of reading them.
 */
export function chunkRead(bytes: number): void {
  bytesSince += bytes;
  if (bytesSince < BYTES_MAX) return;
  bytesSince = 0;
  collect ??= collector();
  collect();
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void;
  return () => gc({ type: 'minor' });
}
