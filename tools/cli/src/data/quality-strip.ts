import { QUALITY_WINDOW_MICROS, type QualityState, type QualityWindow } from '@portcullis/contracts';

const WINDOWS_A_DAY = 96;
const MARKS: Readonly<Record<QualityState, string>> = { GOOD: '.', DEGRADED: 'o', BAD: 'X' };
export const STRIP_LEGEND = 'a mark for each quarter of an hour, UTC: . GOOD, o DEGRADED, X BAD, blank not observed';

/** The hours above the strips. */
export function stripHead(): string {
  return Array.from({ length: 8 }, (_, part) => `${String(part * 3).padStart(2, '0')}h`.padEnd(WINDOWS_A_DAY / 8)).join(
    '',
  );
}

/** One day of one stream: 96 marks. */
export function stripOf(windows: readonly QualityWindow[]): string {
  const marks = Array.from({ length: WINDOWS_A_DAY }, () => ' ');
  for (const { start, state } of windows) marks[(start / QUALITY_WINDOW_MICROS) % WINDOWS_A_DAY] = MARKS[state];
  return marks.join('').trimEnd();
}
