const BLOCKS = '▁▂▃▄▅▆▇█';
const CELLS = 60;

/** A row of blocks, each the mean of its part of the values; the lowest is the least block. */
export function sparkline(values: readonly number[], cells = CELLS): string {
  if (values.length === 0) return '';
  const count = Math.min(cells, values.length);
  const parts = Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * values.length) / count);
    const part = values.slice(from, Math.max(from + 1, Math.floor(((index + 1) * values.length) / count)));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const least = Math.min(...parts);
  const span = Math.max(...parts) - least;
  const blockOf = (value: number) =>
    BLOCKS[span === 0 ? 0 : Math.round(((value - least) / span) * (BLOCKS.length - 1))];
  return parts.map(blockOf).join('');
}
