import type { Keyring } from '@portcullis/authority';
import { MICROS_PER_MINUTE, MICROS_PER_MS, MICROS_PER_SECOND } from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';

/** What a bridge core is made with. Spans in microseconds. */
export interface BridgeConfig {
  readonly account: string;
  readonly venue: string;
  /** Name of this instance in its heartbeats. */
  readonly instance: string;
  readonly instruments: readonly InstrumentRules[];
  /** Keys whose verdicts and permits are believed. */
  readonly gateKeys: Keyring;
  /** Keys of people whose clear documents are believed. */
  readonly approverKeys: Keyring;
  readonly timing: BridgeTiming;
}

export interface BridgeTiming {
  /** The longest that a permit lives, counted from our heartbeat, whatever it says itself. */
  readonly permitLifeMicrosMax: number;
  /** How long the venue may accept a request after we made it. */
  readonly recvWindowMicros: number;
  /** Added to the receive window before a negative look-up counts as evidence. */
  readonly lookupMarginMicros: number;
  /** Time between sweeps while anything is open. */
  readonly sweepEveryMicros: number;
  /** Without a permit for so long, our working orders are cancelled. */
  readonly permitlessMicrosMax: number;
  /** An order unresolved for so long is a person's business. */
  readonly unresolvedAlertMicros: number;
}

export const BRIDGE_TIMING: BridgeTiming = {
  permitLifeMicrosMax: 2 * MICROS_PER_SECOND,
  recvWindowMicros: 2 * MICROS_PER_SECOND,
  lookupMarginMicros: 5 * MICROS_PER_SECOND,
  sweepEveryMicros: 15 * MICROS_PER_SECOND,
  permitlessMicrosMax: 10 * MICROS_PER_SECOND,
  unresolvedAlertMicros: MICROS_PER_MINUTE,
};

/** Bounds of what the core remembers; reaching one is a handled case. */
export const BRIDGE_LIMITS = {
  /** Orders of ours that may live at once: what a recon snapshot can name. */
  openOrdersMax: 1000,
  /** Ended orders kept, so that their late fills still find them. */
  endedOrdersMax: 20_000,
  /** Verdicts remembered against replay: more than 50 a second for the whole memory span. */
  verdictsMax: 200_000,
  /** How long past its expiry a verdict is remembered at least. */
  verdictMemoryMicros: 60 * MICROS_PER_MINUTE,
  /** Executions that wait for their order to be known, or that are not ours. */
  unmatchedFillsMax: 1000,
  /** Sequences of control messages remembered, so that a redelivery changes nothing. */
  controlSequencesMax: 10_000,
  /** Heartbeats whose echo still makes a permit. */
  heartbeatsMax: 16,
} as const;

/** Waiting between attempts of look-ups and cancels: doubling from the first to the last. */
export const BACKOFF = { firstMicros: 500 * MICROS_PER_MS, lastMicros: 30 * MICROS_PER_SECOND } as const;

export function backoffMicros(attempts: number): number {
  return Math.min(BACKOFF.lastMicros, BACKOFF.firstMicros * 2 ** Math.min(attempts, 10));
}

/** A question that the shell never answered is asked again after this long. */
export const ANSWER_MICROS_MAX = 60 * MICROS_PER_SECOND;
