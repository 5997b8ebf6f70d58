import { RUN_PRIORITIES, subjects } from './subjects.ts';

/**
 * The server's accounts: the border that holds even when a user's permissions are wrong. No two identities that may publish
 * share one: an answer that comes back into an account is delivered under the reply subject that the asker chose, and
 * goes through the imports of that account, a neighbour's too.
 */
export const ACCOUNTS = ['LOG', 'GATE', 'RUN', 'LAB', 'MODEL', 'EXCH', 'FEED', 'SIM', 'OPS', 'DESK'] as const;
export type AccountName = (typeof ACCOUNTS)[number];

/**
 * The account that owns JetStream: streams, consumers and buckets live in it, everybody else reaches them by import.
 * No service lives in it, riskd neither: inside this account the server stores its own answers (a PubAck, a pulled message)
 * under whatever reply subject the asker chose, past all publish permissions.
 */
export const JETSTREAM_ACCOUNT: AccountName = 'LOG';

/** One nkey user and all that it may do. What is not listed is forbidden. */
export interface Identity {
  readonly name: string;
  readonly account: AccountName;
  /** Subjects it may publish (patterns). Subjects of a stream are answered by a PubAck into its private inbox. */
  readonly publish: readonly string[];
  /** Streams whose durables of its own it may pull and ack. */
  readonly consume: readonly string[];
  /** Whether it may rewind its own durables: at start, to what it had not acknowledged, in order; readers to the beginning. */
  readonly resets?: boolean;
  /** Plain subscriptions: leases, heartbeats, republished state. Never anything that the money path trusts unsigned. */
  readonly subscribe: readonly string[];
  /** Keys that it may read one by one, as `bucket.key` patterns. */
  readonly readKeys: readonly string[];
  /** Answers `$SRV.PING/INFO/STATS`. */
  readonly answers?: boolean;
  /** May ask `$SRV.PING/INFO/STATS` of everybody. */
  readonly asks?: boolean;
  /** May make and change streams, consumers and buckets. Runs at set-up alone, never beside the services. */
  readonly provisions?: boolean;
}

/** Asking for runs of the lab, and taking back what was asked. */
const runRequests: readonly string[] = [
  ...RUN_PRIORITIES.map((priority) => subjects.runRequest(priority)),
  subjects.runCancel('*'),
];
const own = (service: string): string[] => [`hb.${service}.*`, `dead.${service}`];

export const identities: readonly Identity[] = [
  { name: 'provisioner', account: 'LOG', publish: [], consume: [], subscribe: [], readKeys: [], provisions: true },
  {
    name: 'riskd',
    account: 'GATE',
    publish: ['verdict.*.*', 'permit.*', '$KV.control.*', '$KV.lease.riskd.*', ...own('riskd')],
    consume: ['INTENTS', 'ORDERS', 'RECON', 'CONTROL', 'MARKET', 'CANCELS'],
    resets: true,
    subscribe: ['hb.bridge.*'],
    readKeys: ['lease.riskd.*', 'control.*'],
  },
  // riskd's second connection: it answers questions and therefore has no authority over any subject.
  { name: 'riskdctl', account: 'GATE', publish: [], consume: [], subscribe: [], readKeys: [], answers: true },
  {
    name: 'livyd',
    account: 'RUN',
    publish: ['intent.*.*', 'cancel.*.*', '$KV.lease.livyd.*', ...own('livyd')],
    consume: ['MARKET', 'VERDICTS', 'ORDERS', 'ADVICE', 'CONTROL'],
    resets: true,
    subscribe: ['ctl.state.*'],
    readKeys: ['lease.livyd.*', 'control.*'],
    answers: true,
  },
  {
    name: 'strategyd',
    account: 'LAB',
    publish: [...runRequests, subjects.runProgress('*'), ...own('strategyd')],
    consume: ['RUNS'],
    subscribe: [subjects.runCancel('*'), subjects.runProgress('*')],
    readKeys: [],
    answers: true,
  },
  {
    name: 'mld',
    account: 'MODEL',
    publish: ['ml.advice.*.*.*', ...own('mld')],
    consume: [],
    subscribe: [],
    readKeys: [],
    answers: true,
  },
  {
    name: 'bridge',
    account: 'EXCH',
    publish: ['order.*.*', 'recon.*.*', '$KV.lease.bridge.*', ...own('bridge')],
    consume: ['VERDICTS', 'CANCELS', 'CONTROL'],
    resets: true,
    subscribe: ['permit.*', 'ctl.state.*'],
    readKeys: ['lease.bridge.*', 'control.*'],
    answers: true,
  },
  {
    name: 'collector',
    account: 'FEED',
    publish: ['md.*.*.*', ...own('collector')],
    consume: [],
    subscribe: [],
    readKeys: [],
    answers: true,
  },
  {
    name: 'venuesim',
    account: 'SIM',
    publish: own('venuesim'),
    consume: [],
    subscribe: ['md.*.*.*'],
    readKeys: [],
    answers: true,
  },
  {
    name: 'observer',
    account: 'OPS',
    publish: ['ctl.kill.>', 'ctl.run.>', 'ctl.doc.>', 'ops.>', ...runRequests, ...own('observer')],
    consume: ['MARKET', 'INTENTS', 'VERDICTS', 'CANCELS', 'ORDERS', 'RECON', 'CONTROL', 'DEAD'],
    resets: true,
    subscribe: ['hb.>', 'ctl.state.*', subjects.runProgress('*')],
    readKeys: ['control.*'],
    answers: true,
    asks: true,
  },
  {
    name: 'operator',
    account: 'DESK',
    publish: ['ctl.kill.>', 'ctl.run.>', 'ctl.doc.>', 'cancel.*.*', ...runRequests],
    consume: [],
    subscribe: ['hb.>', 'ctl.state.*', subjects.runProgress('*')],
    readKeys: ['control.*'],
    asks: true,
  },
];

export function identityNamed(name: string): Identity {
  const found = identities.find((identity) => identity.name === name);
  if (found === undefined) throw new Error(`no identity is called ${name}`);
  return found;
}

/** The prefix under which accounts without JetStream reach the API of the account that has it. */
export const JETSTREAM_API_PREFIX = `${JETSTREAM_ACCOUNT}.API`;

/** The private inbox of an identity. */
export const inboxPrefix = (identity: string): string => `_INBOX_${identity}`;
