/** What was noticed in a file: `bad` makes a check fail, `note` is worth knowing and does not. */
export interface Finding {
  readonly severity: 'bad' | 'note';
  readonly about:
    | 'cut-off'
    | 'malformed'
    | 'disorder'
    | 'gap'
    | 'disconnect'
    | 'checksum'
    | 'crossed'
    | 'top-of-book'
    | 'no-snapshot'
    | 'snapshot'
    | 'empty'
    | 'rounded'
    | 'refused'
    | 'duplicates';
  readonly text: string;
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
  /** Offset in the file as it lies on the disk. */
  readonly byte?: number;
}

/** Findings of one kind that are kept: enough to see what is wrong, and a broken file of any length fits in memory. */
const KEPT_MAX = 50;

/** Findings with their counts: all are counted, the first of each kind kept. */
export class Findings {
  readonly #kept: Finding[] = [];
  readonly #counts = new Map<Finding['about'], number>();
  #bad = 0;

  add(finding: Finding): void {
    const count = (this.#counts.get(finding.about) ?? 0) + 1;
    this.#counts.set(finding.about, count);
    if (finding.severity === 'bad') this.#bad += 1;
    if (count <= KEPT_MAX) this.#kept.push(finding);
  }

  /** How many there are, of one kind or of all. */
  count(about?: Finding['about']): number {
    if (about !== undefined) return this.#counts.get(about) ?? 0;
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  get bad(): number {
    return this.#bad;
  }

  get kept(): readonly Finding[] {
    return this.#kept;
  }
}

/** `file:line (byte n): text`, as compilers say it. */
export function describeFinding({ file, line, byte, text }: Finding): string {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
  return `${place}${text}${byte === undefined || text.includes(`byte ${byte}`) ? '' : ` (byte ${byte})`}`;
}
