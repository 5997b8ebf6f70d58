import {
  buckets,
  type ConsumerSpec,
  durablesOf,
  type Identity,
  inboxPrefix,
  JETSTREAM_ACCOUNT,
  JETSTREAM_API_PREFIX,
  streams,
} from '@portcullis/contracts';
import { covers } from './subject-pattern.ts';

const SERVER_API = '$JS.API';
/** Discovery after ADR-32: PING, INFO and STATS. */
export const DISCOVERY = '$SRV.>';
/** Where an answer goes that crosses an account border; the server writes such a subject into each request. */
const BORDER_REPLIES = '_R_.>';

/**
 * Discovery as an identity that asks spells it. One that answers too has another word for asking: otherwise a question
 * that reaches its account would go on from there, through its own imports, and everybody would be asked twice.
 */
export function discoveryAs(asker: Identity): string {
  return asker.answers === true ? `ASK.${DISCOVERY}` : DISCOVERY;
}

/** Something that the account with JetStream answers. */
export interface Request {
  /** The subject there. */
  readonly home: string;
  /** The subject as the identity spells it. */
  readonly local: string;
  /** A pull is answered by many messages, all else by one. */
  readonly answers: 'one' | 'many';
}

/** What the tables give one identity, spelled out in subjects. */
export interface Grants {
  readonly requests: readonly Request[];
  /** Published without an answer: leases, heartbeats. */
  readonly announces: readonly string[];
  readonly hears: readonly string[];
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

const storedSubjects = [
  ...streams.flatMap((stream) => stream.subjects),
  ...buckets.map((bucket) => `$KV.${bucket.name}.>`),
];

/** Whether a stream or bucket keeps what is published there, so that a publish is answered by a PubAck. */
export function isStored(subject: string): boolean {
  return storedSubjects.some((pattern) => covers(pattern, subject));
}

export function hasJetStream(identity: Identity): boolean {
  return identity.account === JETSTREAM_ACCOUNT;
}

/** The prefix of the JetStream API as the identity spells it. */
export function apiPrefixOf(identity: Identity): string {
  return hasJetStream(identity) ? SERVER_API : JETSTREAM_API_PREFIX;
}

/** Subjects on which a durable of a stream is acknowledged, in the server's two spellings (2.14 and `js_ack_fc_v2`). */
export function ackSubjects(stream: string, consumer: string): string[] {
  return [`$JS.ACK.${stream}.${consumer}.>`, `$JS.ACK.*.*.${stream}.${consumer}.>`];
}

/** The API subject, without its prefix, that reads the newest value of `bucket.key`. */
export function directGetSubject(bucketAndKey: string): string {
  const dot = bucketAndKey.indexOf('.');
  const bucket = bucketAndKey.slice(0, dot);
  return `DIRECT.GET.KV_${bucket}.$KV.${bucket}.${bucketAndKey.slice(dot + 1)}`;
}

function apiRequest(identity: Identity, rest: string, answers: Request['answers'] = 'one'): Request {
  // Under its own name the server would answer itself, in an account without JetStream, that there is no JetStream.
  return { home: `${SERVER_API}.${rest}`, local: `${apiPrefixOf(identity)}.${rest}`, answers };
}

function consumeRequests(identity: Identity, stream: string): Request[] {
  const durables = durablesOf(stream, identity.name);
  if (durables.length === 0) {
    throw new Error(`${identity.name} may consume ${stream}, which has no durable of that name`);
  }
  return durables.flatMap((durable) => durableRequests(identity, stream, durable));
}

function durableRequests(identity: Identity, stream: string, { name, ack }: ConsumerSpec): Request[] {
  const found = [
    apiRequest(identity, `CONSUMER.INFO.${stream}.${name}`),
    apiRequest(identity, `CONSUMER.MSG.NEXT.${stream}.${name}`, 'many'),
  ];
  if (identity.resets === true) found.push(apiRequest(identity, `CONSUMER.RESET.${stream}.${name}`));
  if (ack !== 'none') {
    for (const subject of ackSubjects(stream, name)) found.push({ home: subject, local: subject, answers: 'one' });
  }
  return found;
}

/** Everything that an identity may publish and subscribe to. What is not here is forbidden. */
export function grantsOf(identity: Identity): Grants {
  const requests: Request[] = identity.publish
    .filter(isStored)
    .map((subject) => ({ home: subject, local: subject, answers: 'one' }));
  for (const stream of identity.consume) requests.push(...consumeRequests(identity, stream));
  for (const key of identity.readKeys) requests.push(apiRequest(identity, directGetSubject(key)));
  const announces = identity.publish.filter((subject) => !isStored(subject));
  const publish = [...requests.map((request) => request.local), ...announces];
  const subscribe = [`${inboxPrefix(identity.name)}.>`, ...identity.subscribe];
  if (identity.answers === true) {
    publish.push(BORDER_REPLIES);
    subscribe.push(DISCOVERY);
  }
  if (identity.asks === true) publish.push(discoveryAs(identity));
  if (identity.provisions === true) publish.push(`${SERVER_API}.>`);
  return { requests, announces, hears: identity.subscribe, publish, subscribe };
}
