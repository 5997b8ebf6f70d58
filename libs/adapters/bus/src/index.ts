/**
 * The bus: who may do what on it, and how to publish, consume, lease and be found. The only library that knows the
 * words JetStream and ack. See README.md beside package.json for one example of each.
 */
// Set-up: the server's configuration, keys, streams and durables.
export { type Crossing, crossings, natsServerConfig, type ServerConfigOptions } from './server-config.ts';
export { type Grants, grantsOf } from './grants.ts';
export { ensureKeys, loadSeed, publicKeyOf, seedFileOf } from './keys.ts';
export { provision, type ProvisionReport } from './provision.ts';
// A connection as one identity.
export { type BusConnection, type ConnectOptions, connectBus, type IdentityKey } from './connection.ts';
export type { Link } from './link.ts';
// Publishing.
export { type Publication, type Published, Publisher, type PublishOptions } from './publisher.ts';
export { PublishAborted, PublishRefused, SequenceConflict } from './publish-errors.ts';
export { PublishQueue, type PublishQueueOptions } from './publish-queue.ts';
export { type MarketCounters, MarketPublisher, type MarketPublisherOptions } from './market-publisher.ts';
// Consuming: Nest's transport over ready-made durables.
export { JetStreamTransport, type JetStreamTransportOptions } from './jetstream-transport.ts';
export {
  type BatchHandlerOptions,
  type HandlerOptions,
  JetStreamBatchHandler,
  JetStreamHandler,
  PoisonMessage,
  type Rewind,
} from './handlers.ts';
export { type Decoder, type Delivered, type DeliveryContext, jsonDecoder, type MessageSchema } from './delivery.ts';
export type { ConsumerCounters } from './settlement.ts';
// Work that several instances share.
export { type WorkItem, WorkQueue, type WorkQueueOptions } from './work-queue.ts';
// Leases, discovery, traces.
export { Lease, type LeaseOptions } from './lease.ts';
export { answerServiceInfo, findServices, type ServiceDescription, type ServiceFound } from './service-info.ts';
export { childTrace, parseTraceparent, TRACEPARENT, type TraceContext, traceparentOf } from './trace.ts';
// Reading single values, rewinding an own durable, reading whole streams as provisioner.
export { latestValue } from './latest-value.ts';
export { rewindDurable } from './rewind.ts';
export { readStream, type StoredMessage, streamSpan, type StreamSpan } from './stream-reader.ts';
