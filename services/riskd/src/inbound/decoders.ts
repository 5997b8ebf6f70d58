import { type Decoder, type MessageSchema, jsonDecoder } from '@portcullis/bus';
import { type KillNotice, readKill } from '@portcullis/authority';
import { orderEventSchema, orderIntentSchema, reconSnapshotSchema, subjects } from '@portcullis/contracts';
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

export const intentDecoder = matching(orderIntentSchema, ({ account, runId }) => subjects.intent(account, runId));
export const orderEventDecoder = matching(orderEventSchema, ({ account, runId }) => subjects.order(account, runId));
export const reconDecoder = matching(reconSnapshotSchema, ({ account }) => subjects.recon(account));

/** Never refuses: a kill that cannot be read is a kill of everything. */
export const killDecoder: Decoder<KillNotice> = (bytes, subject) =>
  ok(readKill(subject, new TextDecoder().decode(bytes)));
