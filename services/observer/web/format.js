// Numbers arrive as exact decimal strings and are shown from their digits; only the chart's pixels are floats.

/** A decimal string with exactly `digits` after the point, rounded half away from zero, with thin spaces between thousands. */
export function fixed(text, digits) {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text ?? '');
  if (match === null) return '–';
  const [, sign, whole, fraction = ''] = match;
  const kept = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  const rounded = (Number(fraction[digits] ?? 0) >= 5 ? kept + 1n : kept).toString().padStart(digits + 1, '0');
  const cut = rounded.length - digits;
  const grouped = rounded.slice(0, cut).replace(/\B(?=(\d{3})+$)/g, '\u2009');
  const shown = digits === 0 ? grouped : `${grouped}.${rounded.slice(cut)}`;
  return sign === '-' && /[1-9]/.test(rounded) ? `−${shown}` : shown;
}

/** A decimal string as it is, with thin spaces between thousands. */
export function exact(text) {
  return fixed(text, digitsOf(text));
}

/** Digits after the point of a decimal string. */
export function digitsOf(text) {
  return (text ?? '').split('.')[1]?.length ?? 0;
}

/** A profit with its sign. */
export function signed(text, digits) {
  const shown = fixed(text, digits);
  return /[1-9]/.test(shown) && !shown.startsWith('−') ? `+${shown}` : shown;
}

/** `up`, `down` or nothing: the class that colours an amount. */
export function toneOf(text) {
  if (!/[1-9]/.test(text ?? '')) return 'soft';
  return text.startsWith('-') ? 'down' : 'up';
}

export function count(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, '\u2009');
}

/** The time of day of microseconds since the epoch, in the reader's own zone. */
export function clock(micros) {
  return new Date(micros / 1000).toLocaleTimeString('en-GB');
}

export function age(millis) {
  if (millis < 2000) return 'now';
  return millis < 120_000 ? `${Math.round(millis / 1000)} s` : `${Math.round(millis / 60_000)} min`;
}

/** `POSITION_EXCEEDED` as `Position exceeded`. */
export function words(code) {
  const text = code.replaceAll('_', ' ').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
