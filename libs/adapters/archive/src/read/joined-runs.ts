import { type LeasedRun, releaseRun } from './day-runs.ts';

/** Runs that one query reads one after the other: one of any kind, or several that are a small file each, wanted whole. */
export type JoinedRuns = readonly LeasedRun[];

/** A query costs some milliseconds whatever it reads, so that days of a few rows are read together: a day of bars has 1,440. */
const ROWS_MAX = 65_536;
const FILES_MAX = 64;
/** The first queries join few files, so that the first rows come soon. */
const FILES_FIRST = 2;

/** Joins what follows each other and is small. What was leased and not given out when it is ended early is released. */
export async function* joinedRuns(runs: AsyncGenerator<LeasedRun>): AsyncGenerator<JoinedRuns, void, undefined> {
  let open: LeasedRun[] = [];
  let rows = 0;
  let filesMax = FILES_FIRST;
  try {
    for await (const run of runs) {
      const size = smallSize(run);
      if (open.length > 0 && (size === undefined || open.length >= filesMax || rows + size > ROWS_MAX)) {
        yield taken();
        filesMax = Math.min(FILES_MAX, filesMax * 2);
      }
      if (size === undefined) {
        yield [run];
        continue;
      }
      open.push(run);
      rows += size;
    }
    if (open.length > 0) yield taken();
  } finally {
    for (const run of open) await releaseRun(run);
  }

  function taken(): JoinedRuns {
    const joined = open;
    open = [];
    rows = 0;
    return joined;
  }
}

/** Rows of a run that may be joined; undefined for one that may not. */
function smallSize({ files, ranges, after }: LeasedRun): number | undefined {
  const [file] = files;
  if (file === undefined || files.length > 1 || ranges !== undefined || after !== undefined) return undefined;
  return file.rows <= ROWS_MAX ? file.rows : undefined;
}

/** Finds the run that each row of joined runs is of, by what their manifests say. */
export class JoinedPlace {
  readonly #runs: JoinedRuns;
  #at = 0;
  #rowsLeft: number;

  constructor(runs: JoinedRuns) {
    this.#runs = runs;
    this.#rowsLeft = rowsOf(runs[0]);
  }

  /** The run of the next `rows` rows, or all of them where it is not one. */
  take(rows: number): LeasedRun {
    this.#passEnded();
    const run = this.#runs[this.#at];
    if (run === undefined || rows > this.#rowsLeft) {
      this.#rowsLeft -= rows;
      return whole(this.#runs);
    }
    this.#rowsLeft -= rows;
    return run;
  }

  /** The first run of which nothing was taken; undefined in the middle of one. */
  get next(): LeasedRun | undefined {
    this.#passEnded();
    const run = this.#runs[this.#at];
    return run !== undefined && this.#rowsLeft === rowsOf(run) ? run : undefined;
  }

  #passEnded(): void {
    while (this.#rowsLeft <= 0 && this.#at < this.#runs.length - 1) this.#rowsLeft += rowsOf(this.#runs[++this.#at]);
  }
}

/** The joined runs as one, for a query and for messages. */
export function whole(runs: JoinedRuns): LeasedRun {
  const [first] = runs;
  if (first === undefined || runs.length === 1) return first as LeasedRun;
  return {
    ...first,
    files: runs.flatMap(({ files }) => files),
    leases: runs.flatMap(({ leases }) => leases),
    name: `${first.name} to ${(runs.at(-1) ?? first).name}`,
  };
}

function rowsOf(run: LeasedRun | undefined): number {
  return run?.files.reduce((sum, { rows }) => sum + rows, 0) ?? 0;
}
