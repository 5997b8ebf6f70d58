import type { MarketKind } from '@portcullis/contracts';

export type KindCounts = Partial<Record<MarketKind, number>>;

/** Trouble of a writer. It goes on by itself once the cause is gone. */
export interface WriterTrouble {
  /** Microseconds since the epoch. */
  readonly at: number;
  readonly what:
    /** The spool cannot be written: the disk is full or broken. */
    | 'spool'
    /** The spool is at its bound: quotes are shed, or everything is refused. */
    | 'spool-full'
    /** A segment cannot be brought to the store or committed. */
    | 'upload'
    /** What an earlier process left cannot be read in part. */
    | 'recovery';
  readonly message: string;
}

export interface UploaderStatus {
  /** `waiting`: backing off after trouble with the store. `full`: events are being refused. */
  readonly state: 'idle' | 'uploading' | 'waiting' | 'full' | 'closed';
  readonly spoolBytes: number;
  readonly spoolBytesMax: number;
  readonly segmentsWaiting: number;
  /** Rows that are in no segment yet. */
  readonly rowsBuffered: number;
  readonly uploaded: { readonly segments: number; readonly rows: number; readonly bytes: number };
  /** Microseconds since the epoch. */
  readonly lastUploadAt?: number;
  readonly lastTrouble?: WriterTrouble;
  /** Events given up first for want of room: quotes. */
  readonly shed: KindCounts;
  /** Events of the other kinds given up for want of room: `append` said false, the stream has a gap. */
  readonly refused: KindCounts;
  /** What was found of an earlier process. */
  readonly recovered: {
    readonly events: number;
    readonly segments: number;
    readonly tornBytes: number;
    readonly damaged: number;
  };
}

export interface DrainReport {
  /** Everything is in the store and committed, and the spool is empty. */
  readonly complete: boolean;
  readonly segmentsWaiting: number;
  readonly uploaded: UploaderStatus['uploaded'];
  readonly trouble?: WriterTrouble;
}
