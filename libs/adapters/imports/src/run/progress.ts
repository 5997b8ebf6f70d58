import { stat } from 'node:fs/promises';

export type Phase = 'check' | 'compare' | 'write';
/** Bytes of a file on the disk that were read. */
export type OnBytes = (file: string, bytes: number) => void;

/** Progress over all files of an import, of each of its readings by itself. */
export async function progressOf(
  files: readonly string[],
  onProgress: ((share: number, phase: Phase) => void) | undefined,
): Promise<{ phase(phase: Phase): OnBytes }> {
  let all = 0;
  for (const file of files) all += (await stat(file).catch(() => undefined))?.size ?? 0;
  return {
    phase: (phase) => {
      const done = new Map<string, number>();
      let sum = 0;
      return (file, bytes) => {
        // A zip archive counts each of its files from 0 again.
        const before = done.get(file) ?? 0;
        sum += bytes >= before ? bytes - before : bytes;
        done.set(file, bytes);
        onProgress?.(Math.min(1, sum / Math.max(1, all)), phase);
      };
    },
  };
}
