import type { OrderEvent, ReconSnapshot } from '@portcullis/contracts';
import type { InstrumentRules } from '@portcullis/market';
import { wholeLots } from './limits.ts';

interface VenueFill {
  readonly bridgeSeq: number;
  readonly lots: number;
}

/** Fills that may be newer than the last snapshot, per instrument; above it the oldest is taken as part of the snapshot. */
const FILLS_MAX = 1000;

/** What the gate knows of the bridge: which incarnation it believes, and what that one saw at the venue. */
export class BridgeView {
  #epochSeen = 0;
  #epochAdopted = 0;
  #last: { readonly seq: number; readonly at: number } = { seq: -1, at: -1 };
  /** The bridge's journal position of the last complete snapshot, which the reported positions are of. */
  #reportedSeq = -1;
  readonly #reported = new Map<string, number>();
  readonly #fills = new Map<string, VenueFill[]>();

  /** The incarnation whose complete snapshot without breaks was taken over; 0 before the first. */
  get epochAdopted(): number {
    return this.#epochAdopted;
  }

  /** Whether the newest incarnation that we heard of is the one that reconciled. Heartbeats do not count: anybody could send one. */
  get reconciled(): boolean {
    return this.#epochAdopted > 0 && this.#epochAdopted === this.#epochSeen;
  }

  /** Takes a snapshot unless it is older than the last one. Returns whether it was taken. */
  adopt(instruments: ReadonlyMap<string, InstrumentRules>, snapshot: ReconSnapshot): boolean {
    const { bridgeEpoch, head, at } = snapshot;
    if (bridgeEpoch < this.#epochSeen) return false;
    const later = head.seq > this.#last.seq || (head.seq === this.#last.seq && at > this.#last.at);
    if (bridgeEpoch === this.#epochSeen && !later) return false;
    this.#epochSeen = bridgeEpoch;
    this.#last = { seq: head.seq, at };
    // What is missing from an incomplete snapshot is unknown, not flat.
    if (!snapshot.complete) return true;
    this.#takePositions(instruments, snapshot);
    if (snapshot.breaks.length === 0) this.#epochAdopted = bridgeEpoch;
    return true;
  }

  #takePositions(instruments: ReadonlyMap<string, InstrumentRules>, snapshot: ReconSnapshot): void {
    this.#reported.clear();
    for (const { instrument, quantity } of snapshot.positions) {
      const rules = instruments.get(instrument);
      const lots = rules === undefined ? undefined : wholeLots(rules, quantity);
      // A position that we cannot count is left out, which allows no reduction of it.
      if (lots?.ok === true) this.#reported.set(instrument, Number(lots.value));
    }
    this.#reportedSeq = snapshot.head.seq;
    for (const [instrument, fills] of this.#fills) {
      this.#fills.set(
        instrument,
        fills.filter((fill) => fill.bridgeSeq > snapshot.head.seq),
      );
    }
  }

  /** Notes an order event: its bridge is alive, and a fill moves the venue's position away from the last snapshot. */
  note(event: OrderEvent, signedLots: number): void {
    this.#epochSeen = Math.max(this.#epochSeen, event.bridgeEpoch);
    if (signedLots === 0 || event.head.seq <= this.#reportedSeq) return;
    const fills = this.#fills.get(event.instrument) ?? [];
    fills.push({ bridgeSeq: event.head.seq, lots: signedLots });
    this.#fills.set(event.instrument, fills);
    if (fills.length > FILLS_MAX) {
      const oldest = fills.shift();
      this.#reported.set(event.instrument, (this.#reported.get(event.instrument) ?? 0) + (oldest?.lots ?? 0));
    }
  }

  /** The venue's position in lots: its last complete report and the fills since. Undefined before the first report. */
  positionOf(instrument: string): number | undefined {
    if (this.#reportedSeq < 0) return undefined;
    const fills = this.#fills.get(instrument) ?? [];
    return fills.reduce((sum, fill) => sum + fill.lots, this.#reported.get(instrument) ?? 0);
  }
}
