import { type KillNotice, readKill } from '@portcullis/authority';
import { type Decoder, type MessageSchema, jsonDecoder } from '@portcullis/bus';
import { cancelRequestSchema, signedVerdictSchema, subjects } from '@portcullis/contracts';
import { err, ok } from '@portcullis/kernel';

/** A decoder that also holds the body to its subject: who may write a subject may not speak for another one. */
function matching<T>(schema: MessageSchema<T>, subjectOf: (message: T) => string): Decoder<T> {
  const decode = jsonDecoder(schema);
  return (bytes, subject) => {
    const decoded = decode(bytes, subject);
    if (!decoded.ok) return decoded;
    const expected = subjectOf(decoded.value);
    return subject === expected ? decoded : err(`the body belongs on ${expected}`);
  };
}

export const verdictDecoder = matching(signedVerdictSchema, ({ verdict }) =>
  subjects.verdict(verdict.account, verdict.runId),
);
export const cancelDecoder = matching(cancelRequestSchema, ({ account, runId }) => subjects.cancel(account, runId));

/** Never refuses: a kill that cannot be read is a kill of everything. */
export const killDecoder: Decoder<KillNotice> = (bytes, subject) =>
  ok(readKill(subject, new TextDecoder().decode(bytes)));
