/** `2021-01-31 12:00:00.000001`, UTC; a dash for 0, which stands for no time. */
export function shownTime(micros: number): string {
  if (micros === 0) return '-';
  const text = new Date(Math.floor(micros / 1000)).toISOString().replace('T', ' ');
  const rest = micros % 1_000_000;
  return rest === 0 ? text.slice(0, 19) : `${text.slice(0, 19)}.${String(rest).padStart(6, '0')}`;
}

const grouped = new Intl.NumberFormat('en-US');

/** `1,050,373`. */
export function shownCount(count: number): string {
  return grouped.format(count);
}

/** `1 gap in the data`, `1,050 gaps in the data`: the plural is the first word with an s. */
export function shownCountOf(count: number, one: string, rest = ''): string {
  return `${shownCount(count)} ${one}${count === 1 ? '' : 's'}${rest}`;
}

/** `12.3 MB`. */
export function shownBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ''}`;
}
