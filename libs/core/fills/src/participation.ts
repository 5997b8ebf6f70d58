const WHOLE = 1_000_000;

/** So much of a volume, in lots, as a participation of `millionths` allows; all of it for 0. */
export function share(volume: number, millionths: number): number {
  if (millionths === 0 || millionths === WHOLE) return volume;
  const scaled = volume * millionths;
  return Number.isSafeInteger(scaled)
    ? Math.floor(scaled / WHOLE)
    : Number((BigInt(volume) * BigInt(millionths)) / BigInt(WHOLE));
}
