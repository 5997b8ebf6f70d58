import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Peak memory in MiB that a script tells of, run as a process of its own with `--peak` and these arguments. */
export function peakMb(script: string, args: readonly string[]): Promise<number> {
  const child = fork(script, ['--peak', ...args]);
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as number));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${script} --peak ${args.join(' ')} ended with ${code}`)));
  });
}

/** The kernel's own account of the most that was resident; where there is none, node's. MiB. */
export function peakRssMb(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) / 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS / 1024;
}
