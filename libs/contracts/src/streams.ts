import { RUN_PRIORITIES, type RunPriority, subjects } from './subjects.ts';

const MIB = 1024 * 1024;
const HOUR_SECONDS = 3600;
const WEEK_SECONDS = 7 * 24 * HOUR_SECONDS;

/** A durable pull consumer, made by the provisioner; a service only binds to it. */
export interface ConsumerSpec {
  /** Equal to the identity that may pull from it, unless `identity` says another one. */
  readonly name: string;
  /** Whose it is, where an identity has several of one stream. */
  readonly identity?: string;
  /** Where a new durable starts. */
  readonly deliver: 'all' | 'new';
  /** `explicit`: each message, after its effect is durable. `all`: the last of a batch covers it. `none`: a lost one does no harm. */
  readonly ack: 'explicit' | 'all' | 'none';
  readonly filters?: readonly string[];
  /** Messages in flight to the consumer. */
  readonly ackPendingMax: number;
}

/** A JetStream stream as data: the provisioner makes it, the reference prints it, the authorization test tries it. */
export interface StreamSpec {
  readonly name: string;
  readonly subjects: readonly string[];
  /** Who alone may write, for the reference. */
  readonly writer: string;
  /** `sync`: on disk before the PubAck. `async`: written behind, a server crash may lose the tail. */
  readonly persist: 'sync' | 'async';
  readonly ageSecondsMax: number;
  readonly bytesMax: number;
  /**
   * What happens at `bytesMax`. `refuse`: the writer hears no and tries again, nothing that was acknowledged is lost.
   * `forget`: the oldest goes, so that the newest always has room (a kill or a cancel must never be refused for want of space).
   */
  readonly full: 'refuse' | 'forget';
  /** No message can ever be deleted or purged by request. The server does not let this be undone. */
  readonly permanent?: true;
  /** A message is gone once it was acknowledged: work that several instances share, each part done by one of them. */
  readonly retention?: 'workqueue';
  /** Streams that this one copies in arrival order. */
  readonly sources?: readonly string[];
  readonly consumers: readonly ConsumerSpec[];
}

const ACK_WAIT_SECONDS = 10;
const DELIVERIES_MAX = 20;
/** How long a durable waits for an ack, and how often it tries, the same for all: a poison message ends as a dead letter long before. */
export const consumerLimits = { ackWaitSeconds: ACK_WAIT_SECONDS, deliveriesMax: DELIVERIES_MAX } as const;

/** Window in which the server itself drops a second message with the same content id. Consumers never rely on it alone. */
export const DUPLICATE_WINDOW_SECONDS = 120;

/** The largest body a message may have. */
export const MESSAGE_BYTES_MAX = 256 * 1024;

const runRequestSubject = (priority: RunPriority): string => subjects.runRequest(priority);
/** The durable that hands out the run requests of one priority. */
export const runDurable = (priority: RunPriority): string => `strategyd-${priority}`;

const each = (names: readonly string[], rest: Omit<ConsumerSpec, 'name'>): ConsumerSpec[] =>
  names.map((name) => ({ name, ...rest }));
const explicit = { deliver: 'all', ack: 'explicit', ackPendingMax: 256 } as const;
const watching = { deliver: 'all', ack: 'none', ackPendingMax: 1000 } as const;
const synced = { persist: 'sync', ageSecondsMax: WEEK_SECONDS, full: 'refuse' } as const;
const rolling = { persist: 'sync', ageSecondsMax: WEEK_SECONDS, full: 'forget' } as const;

export const streams: readonly StreamSpec[] = [
  {
    name: 'MARKET',
    subjects: ['md.>'],
    writer: 'collector',
    persist: 'async',
    ageSecondsMax: HOUR_SECONDS,
    bytesMax: 512 * MIB,
    full: 'forget',
    consumers: [
      { name: 'livyd', deliver: 'new', ack: 'all', ackPendingMax: 4096 },
      { name: 'riskd', deliver: 'new', ack: 'none', ackPendingMax: 1000, filters: ['md.quote.>', 'md.gap.>'] },
      {
        name: 'observer',
        deliver: 'new',
        ack: 'none',
        ackPendingMax: 1000,
        filters: ['md.quote.>', 'md.trade.>', 'md.gap.>'],
      },
    ],
  },
  {
    name: 'INTENTS',
    subjects: ['intent.*.*'],
    writer: 'livyd',
    ...synced,
    bytesMax: 512 * MIB,
    consumers: [...each(['riskd'], explicit), ...each(['observer'], watching)],
  },
  {
    name: 'VERDICTS',
    subjects: ['verdict.*.*'],
    writer: 'riskd',
    ...synced,
    permanent: true,
    bytesMax: 512 * MIB,
    consumers: [...each(['bridge', 'livyd'], explicit), ...each(['observer'], watching)],
  },
  {
    name: 'CANCELS',
    subjects: ['cancel.*.*'],
    writer: 'livyd, operators',
    ...rolling,
    bytesMax: 128 * MIB,
    consumers: [...each(['bridge', 'riskd'], explicit), ...each(['observer'], watching)],
  },
  {
    name: 'ORDERS',
    subjects: ['order.*.*'],
    writer: 'bridge',
    ...synced,
    bytesMax: 512 * MIB,
    consumers: [...each(['riskd', 'livyd'], explicit), ...each(['observer'], watching)],
  },
  {
    name: 'RECON',
    subjects: ['recon.*.*'],
    writer: 'bridge',
    ...rolling,
    bytesMax: 128 * MIB,
    consumers: [...each(['riskd'], explicit), ...each(['observer'], watching)],
  },
  {
    name: 'ADVICE',
    subjects: ['ml.advice.*.*.*'],
    writer: 'mld',
    ...rolling,
    bytesMax: 128 * MIB,
    consumers: each(['livyd'], explicit),
  },
  {
    name: 'CONTROL',
    subjects: ['ctl.kill.>', 'ctl.run.>', 'ctl.doc.>'],
    writer: 'operators, observer as relay',
    ...rolling,
    bytesMax: 64 * MIB,
    consumers: [...each(['riskd', 'bridge', 'livyd'], explicit), ...each(['observer'], watching)],
  },
  {
    name: 'RUNS',
    subjects: RUN_PRIORITIES.map(runRequestSubject),
    writer: 'strategyd, operators, observer',
    ...synced,
    retention: 'workqueue',
    bytesMax: 64 * MIB,
    // A durable each, so that a replica with a free worker looks at the urgent ones first. A run lasts long: what is
    // being worked on is told to be so, see WorkQueue.
    consumers: RUN_PRIORITIES.map((priority) => ({
      name: runDurable(priority),
      identity: 'strategyd',
      ...explicit,
      filters: [runRequestSubject(priority)],
    })),
  },
  {
    name: 'DEAD',
    subjects: ['dead.*'],
    writer: 'each service its own',
    ...rolling,
    bytesMax: 64 * MIB,
    consumers: each(['observer'], watching),
  },
  { name: 'OPS', subjects: ['ops.>'], writer: 'observer', ...rolling, bytesMax: 64 * MIB, consumers: [] },
  {
    name: 'AUDIT',
    subjects: [],
    writer: 'nobody: it copies',
    ...synced,
    // A copy of what its sources have synced: a tail that a crash takes is copied again, and the money path does not
    // wait for a second sync of each of its messages.
    persist: 'async',
    permanent: true,
    bytesMax: 1024 * MIB,
    sources: ['INTENTS', 'VERDICTS', 'CANCELS', 'ORDERS', 'RECON', 'CONTROL'],
    consumers: [],
  },
];

/** A key-value bucket. */
export interface BucketSpec {
  readonly name: string;
  readonly bytesMax: number;
  /** Whether each change is repeated on core NATS as `ctl.state.<key>`. */
  readonly republishTo?: string;
  /** Whether single keys may carry a time to live. */
  readonly keyTtl: boolean;
}

export const buckets: readonly BucketSpec[] = [
  { name: 'control', bytesMax: 8 * MIB, republishTo: 'ctl.state.>', keyTtl: false },
  { name: 'lease', bytesMax: 8 * MIB, keyTtl: true },
];

export function streamNamed(name: string): StreamSpec {
  const found = streams.find((stream) => stream.name === name);
  if (found === undefined) throw new Error(`no stream is called ${name}`);
  return found;
}

/** The durables of a stream that an identity may pull from, in the order of the table. */
export function durablesOf(stream: string, identity: string): readonly ConsumerSpec[] {
  return streamNamed(stream).consumers.filter((consumer) => (consumer.identity ?? consumer.name) === identity);
}
