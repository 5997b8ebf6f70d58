import type { Flags } from './command.ts';

/** The result of a command: with `--json` one object as the last line of standard output, else lines for people. */
export function printResult(flags: Flags, result: Readonly<Record<string, unknown>>, lines: readonly string[]): void {
  process.stdout.write(flags['json'] === true ? `${JSON.stringify(result)}\n` : `${lines.join('\n')}\n`);
}

/** Rows as columns of text. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
