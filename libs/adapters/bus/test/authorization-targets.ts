import { buckets, identities, type Identity, streams } from '@portcullis/contracts';
import { discoveryAs, grantsOf, isStored } from '../src/grants.ts';
import { covers } from '../src/subject-pattern.ts';

/** A concrete subject of a pattern, recognisable by its mark. Market data is quotes, which all its durables let through. */
export function instanceOf(pattern: string, mark: string): string {
  const concrete = pattern.split('.').map((token) => (token === '*' || token === '>' ? mark : token));
  if (concrete[0] === 'md' && concrete.length > 2) concrete[1] = 'quote';
  return concrete.join('.');
}

/** Every pattern on which somebody is the only one who may write: streams, buckets, announcements, republished state. */
export function protectedPatterns(): string[] {
  const written = identities.flatMap((identity) => identity.publish);
  const stored = [...streams.flatMap((stream) => stream.subjects), ...buckets.map((bucket) => `$KV.${bucket.name}.>`)];
  const republished = buckets.flatMap((bucket) => bucket.republishTo ?? []);
  return [...new Set([...written, ...stored, ...republished])];
}

export function mayPublish(identity: Identity, subject: string): boolean {
  return grantsOf(identity).publish.some((pattern) => covers(pattern, subject));
}

export const otherInboxes = (identity: Identity): string[] =>
  identities.filter((other) => other !== identity).map((other) => `_INBOX_${other.name}.stolen.1`);

const storeNames = [...streams.map((stream) => stream.name), ...buckets.map((bucket) => `KV_${bucket.name}`)];
const durables = streams.flatMap((stream) => stream.consumers.map((consumer) => [stream.name, consumer.name] as const));
const farFuture = '2099-01-01T00:00:00Z';

/** Calls of the JetStream API that would read, change or stop something, with bodies that the server would take. */
export function apiCalls(): { readonly rest: string; readonly body: string }[] {
  const ofStores = storeNames.flatMap((name) => [
    { rest: `STREAM.PURGE.${name}`, body: '' },
    { rest: `STREAM.DELETE.${name}`, body: '' },
    {
      rest: `STREAM.UPDATE.${name}`,
      body: JSON.stringify({
        name,
        subjects: [`stolen.${name}.>`],
        retention: 'limits',
        storage: 'file',
        max_bytes: 1024,
      }),
    },
    { rest: `STREAM.INFO.${name}`, body: '' },
    { rest: `STREAM.MSG.GET.${name}`, body: JSON.stringify({ seq: 1 }) },
    { rest: `STREAM.MSG.DELETE.${name}`, body: JSON.stringify({ seq: 1 }) },
    { rest: `STREAM.SNAPSHOT.${name}`, body: JSON.stringify({ deliver_subject: 'stolen.snapshot' }) },
    { rest: `DIRECT.GET.${name}`, body: JSON.stringify({ seq: 1 }) },
    {
      rest: `CONSUMER.CREATE.${name}.thief`,
      body: JSON.stringify({
        stream_name: name,
        config: { name: 'thief', ack_policy: 'none', deliver_subject: 'verdict.main.thief' },
      }),
    },
    { rest: `CONSUMER.LIST.${name}`, body: '' },
  ]);
  const ofDurables = durables.flatMap(([stream, consumer]) => [
    { rest: `CONSUMER.DELETE.${stream}.${consumer}`, body: '' },
    { rest: `CONSUMER.PAUSE.${stream}.${consumer}`, body: JSON.stringify({ pause_until: farFuture }) },
    {
      rest: `CONSUMER.CREATE.${stream}.${consumer}`,
      body: JSON.stringify({
        stream_name: stream,
        config: { durable_name: consumer, name: consumer, ack_policy: 'none' },
      }),
    },
    { rest: `CONSUMER.INFO.${stream}.${consumer}`, body: '' },
    { rest: `CONSUMER.RESET.${stream}.${consumer}`, body: JSON.stringify({ seq: 1 }) },
    { rest: `CONSUMER.MSG.NEXT.${stream}.${consumer}`, body: JSON.stringify({ batch: 1, no_wait: true }) },
  ]);
  const general = [
    { rest: 'INFO', body: '' },
    { rest: 'STREAM.NAMES', body: '' },
    { rest: 'STREAM.LIST', body: '' },
    {
      rest: 'STREAM.CREATE.THIEF',
      body: JSON.stringify({ name: 'THIEF', storage: 'memory', max_bytes: 1024, sources: [{ name: 'VERDICTS' }] }),
    },
    {
      rest: 'STREAM.RESTORE.THIEF',
      body: JSON.stringify({ config: { name: 'THIEF', subjects: ['stolen.>'], max_bytes: 1024 }, state: {} }),
    },
    { rest: 'ACCOUNT.PURGE.LOG', body: '' },
    { rest: 'META.LEADER.STEPDOWN', body: '' },
  ];
  return [...ofStores, ...ofDurables, ...general];
}

/** Requests that an identity may make, as the reply-subject tricks use them. */
export function allowedRequests(
  identity: Identity,
  mark: string,
): { readonly subject: string; readonly body: string }[] {
  const { requests } = grantsOf(identity);
  const calls = requests.map(({ local }) => ({ subject: instanceOf(local, mark), body: bodyFor(local) }));
  if (identity.asks === true) {
    for (const verb of ['PING', 'INFO', 'STATS']) {
      calls.push({ subject: discoveryAs(identity).replace('>', verb), body: '' });
    }
  }
  return calls;
}

function bodyFor(local: string): string {
  if (local.includes('MSG.NEXT')) return JSON.stringify({ batch: 1, no_wait: true });
  if (local.includes('.RESET.')) return JSON.stringify({ seq: 1 });
  if (local.startsWith('$JS.ACK')) return '+NXT {"batch":1,"no_wait":true}';
  return isStored(local) ? 'carrier' : '';
}

/** Subscriptions that would overhear somebody. */
export function overheard(identity: Identity): string[] {
  const inboxes = identities
    .filter((other) => other !== identity)
    .flatMap((other) => [`_INBOX_${other.name}.>`, `_INBOX_${other.name}.*`]);
  const wide = [
    '>',
    '*',
    '*.*',
    '*.*.*',
    '*.>',
    '_INBOX.>',
    '_R_.>',
    '$JS.>',
    '$JS.API.>',
    '$JS.ACK.>',
    '$JS.EVENT.>',
    'LOG.>',
    '$SYS.>',
    '$KV.>',
  ];
  const candidates = [...wide, ...inboxes, ...protectedPatterns()];
  // The server lets `a.>` through where `a.*` is allowed: to its permissions the last token is a token like any other.
  return candidates.filter(
    (pattern) =>
      !grantsOf(identity).subscribe.some(
        (allowed) => covers(allowed, pattern.replace(/>$/, '*')) || allowed === pattern,
      ),
  );
}
