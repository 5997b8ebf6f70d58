/** The bus said no, for good: trying again would be refused again. Nothing was stored. */
export class PublishRefused extends Error {
  override readonly name: string = 'PublishRefused';
  readonly subject: string;
  /** Error code of the server's JetStream API; 0 when the refusal came from elsewhere (permission, size). */
  readonly code: number;

  constructor(subject: string, code: number, reason: string) {
    super(`${subject}: ${reason}`);
    this.subject = subject;
    this.code = code;
  }
}

/** The expected last sequence of the subject is not the last one: somebody else wrote, or an earlier attempt of ours did. */
export class SequenceConflict extends PublishRefused {
  override readonly name = 'SequenceConflict';
  /** The last sequence of the subject, as the server says. */
  readonly actual: number | undefined;
  /** True when an earlier attempt ended with an unknown outcome, so that the last message may be this very one. */
  readonly mayBeOurs: boolean;

  constructor(subject: string, code: number, reason: string, mayBeOurs: boolean) {
    super(subject, code, reason);
    const digits = /(\d+)$/.exec(reason)?.[1];
    this.actual = digits === undefined ? undefined : Number(digits);
    this.mayBeOurs = mayBeOurs;
  }
}

/** We stopped trying: the caller's signal, a closed connection or queue. `outcome` says whether it may have been stored. */
export class PublishAborted extends Error {
  override readonly name = 'PublishAborted';
  readonly outcome: 'not-sent' | 'unknown';

  constructor(subject: string, outcome: 'not-sent' | 'unknown') {
    super(`${subject}: publishing was stopped, outcome ${outcome}`);
    this.outcome = outcome;
  }
}
