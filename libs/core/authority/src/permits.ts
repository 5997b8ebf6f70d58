/** Life of a permit, counted by the bridge from the heartbeat that it echoes: the longest that a kill can go unnoticed (S4). */
export const PERMIT_TTL_MICROS = 2_000_000;
