import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  jetstreamManager,
  JetStreamApiError,
  type JetStreamManager,
  PersistMode,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import {
  type BucketSpec,
  buckets,
  consumerLimits,
  type ConsumerSpec,
  DUPLICATE_WINDOW_SECONDS,
  MESSAGE_BYTES_MAX,
  type StreamSpec,
  streams,
} from '@portcullis/contracts';
import type { BusConnection } from './connection.ts';

const NANOS_PER_SECOND = 1_000_000_000;
/** Old values of a key of a bucket without expiry, for a person who asks what was there before. */
const KEY_HISTORY_MAX = 32;
const NOT_FOUND = 404;

/** What a run of {@link provision} made or changed, by name; all empty when everything was there already. */
export interface ProvisionReport {
  readonly created: string[];
  readonly updated: string[];
}

/**
 * Makes the streams, durables and buckets of the tables, or brings them to what the tables say. Doing it again changes nothing.
 * It removes nothing. `bus` has to be the identity `provisioner`. Throws what the server refuses, for example an
 * attempt to make a permanent stream erasable again.
 */
export async function provision(bus: BusConnection): Promise<ProvisionReport> {
  const manager = await jetstreamManager(bus.nats, { checkAPI: false });
  const report: ProvisionReport = { created: [], updated: [] };
  // AUDIT copies the others, so it comes after them, as in the table.
  for (const stream of streams) {
    await ensureStream(manager, streamConfig(stream), report);
    for (const consumer of stream.consumers) {
      await ensureConsumer(manager, stream.name, consumerConfig(consumer), report);
    }
  }
  for (const bucket of buckets) await ensureStream(manager, bucketConfig(bucket), report);
  return report;
}

type Wanted<T> = Partial<T> & { name: string };

function streamConfig(stream: StreamSpec): Wanted<StreamConfig> {
  return {
    name: stream.name,
    ...(stream.subjects.length === 0 ? {} : { subjects: [...stream.subjects] }),
    retention: stream.retention === 'workqueue' ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: stream.full === 'refuse' ? DiscardPolicy.New : DiscardPolicy.Old,
    max_bytes: stream.bytesMax,
    max_age: stream.ageSecondsMax * NANOS_PER_SECOND,
    max_msg_size: MESSAGE_BYTES_MAX,
    duplicate_window: DUPLICATE_WINDOW_SECONDS * NANOS_PER_SECOND,
    deny_delete: stream.permanent === true,
    deny_purge: stream.permanent === true,
    // A roll-up header would let a writer erase what others wrote.
    allow_rollup_hdrs: false,
    ...(stream.persist === 'async' ? { persist_mode: PersistMode.Async } : {}),
    ...(stream.sources === undefined ? {} : { sources: stream.sources.map((name) => ({ name })) }),
  };
}

/**
 * A bucket as its stream, readable by any key-value client. No roll-up headers (one holder of a key could erase all keys with one),
 * and so no limit markers, which need them: an expired key is simply gone.
 */
function bucketConfig(bucket: BucketSpec): Wanted<StreamConfig> {
  return {
    name: `KV_${bucket.name}`,
    subjects: [`$KV.${bucket.name}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_bytes: bucket.bytesMax,
    max_msgs_per_subject: bucket.keyTtl ? 1 : KEY_HISTORY_MAX,
    max_msg_size: MESSAGE_BYTES_MAX,
    duplicate_window: DUPLICATE_WINDOW_SECONDS * NANOS_PER_SECOND,
    deny_delete: true,
    allow_rollup_hdrs: false,
    allow_direct: true,
    allow_msg_ttl: bucket.keyTtl,
    ...(bucket.republishTo === undefined
      ? {}
      : { republish: { src: `$KV.${bucket.name}.>`, dest: bucket.republishTo, headers_only: false } }),
  };
}

const ackPolicies = { explicit: AckPolicy.Explicit, all: AckPolicy.All, none: AckPolicy.None } as const;

function consumerConfig(consumer: ConsumerSpec): Wanted<ConsumerConfig> {
  return {
    name: consumer.name,
    durable_name: consumer.name,
    deliver_policy: consumer.deliver === 'all' ? DeliverPolicy.All : DeliverPolicy.New,
    ack_policy: ackPolicies[consumer.ack],
    ...(consumer.filters === undefined ? {} : { filter_subjects: [...consumer.filters] }),
    ...(consumer.ack === 'none'
      ? {}
      : {
          ack_wait: consumerLimits.ackWaitSeconds * NANOS_PER_SECOND,
          max_deliver: consumerLimits.deliveriesMax,
          max_ack_pending: consumer.ackPendingMax,
        }),
  };
}

/** True when `actual` has every field of `wanted` with the same value; the server adds fields of its own. */
function agrees(wanted: unknown, actual: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(actual) && wanted.length === actual.length && wanted.every((item, i) => agrees(item, actual[i]))
    );
  }
  if (typeof wanted === 'object' && wanted !== null) {
    return (
      typeof actual === 'object' &&
      actual !== null &&
      Object.entries(wanted).every(([key, value]) => agrees(value, (actual as Record<string, unknown>)[key]))
    );
  }
  // The server leaves out what is false.
  return wanted === actual || (wanted === false && actual === undefined);
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.status === NOT_FOUND) return undefined;
    throw error;
  }
}

async function ensureStream(
  manager: JetStreamManager,
  wanted: Wanted<StreamConfig>,
  report: ProvisionReport,
): Promise<void> {
  const found = await unlessMissing(manager.streams.info(wanted.name));
  if (found === undefined) {
    await manager.streams.add(wanted);
    report.created.push(wanted.name);
  } else if (!agrees(wanted, found.config)) {
    await manager.streams.update(wanted.name, wanted);
    report.updated.push(wanted.name);
  }
}

async function ensureConsumer(
  manager: JetStreamManager,
  stream: string,
  wanted: Wanted<ConsumerConfig>,
  report: ProvisionReport,
): Promise<void> {
  const found = await unlessMissing(manager.consumers.info(stream, wanted.name));
  if (found === undefined) {
    await manager.consumers.add(stream, wanted);
    report.created.push(`${stream}.${wanted.name}`);
  } else if (!agrees(wanted, found.config)) {
    await manager.consumers.update(stream, wanted.name, wanted);
    report.updated.push(`${stream}.${wanted.name}`);
  }
}
