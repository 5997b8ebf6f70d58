import { parseArgs } from 'node:util';
import { required } from '@portcullis/kernel';

/** What was measured of ours, of what it is compared to, and the first by the second. */
export interface Ratio {
  readonly ours: number;
  readonly other: number;
  readonly ratio: number;
}

/** `ours` by `other`, both rounded to whole ones. */
export function ratioOf(ours: number, other: number): Ratio {
  return { ours: Math.round(ours), other: Math.round(other), ratio: Number((ours / other).toFixed(3)) };
}

export function middleRound(rounds: readonly Ratio[]): Ratio {
  return required(rounds.toSorted((a, b) => a.ratio - b.ratio)[Math.floor(rounds.length / 2)], 'a round');
}

export type Part = () => Readonly<Record<string, Ratio>> | Promise<Readonly<Record<string, Ratio>>>;

/** Runs the parts of a benchmark that `--only a,b` names, or all; prints each ratio, and all as one line of JSON at the end. */
export async function runParts(parts: Readonly<Record<string, Part>>): Promise<void> {
  const { values } = parseArgs({
    options: { only: { type: 'string', default: Object.keys(parts).join(',') } },
    strict: true,
  });
  const results: Record<string, Ratio> = {};
  for (const name of values.only.split(',')) {
    const part = parts[name];
    if (part === undefined) {
      throw new Error(`--only has ${name}, expected some of ${Object.keys(parts).join(', ')}`);
    }
    process.stderr.write(`${name}\n`);
    for (const [what, ratio] of Object.entries(await part())) {
      results[what] = ratio;
      process.stdout.write(`${what}: ${ratio.ratio} × (${ratio.ours} against ${ratio.other})\n`);
    }
  }
  process.stdout.write(`${JSON.stringify(results)}\n`);
}
