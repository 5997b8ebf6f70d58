// One hop of the bus and nothing else: takes from a durable, publishes the body on (or says when it arrived), acks.
import { connectBus } from '@portcullis/bus';
import { sharedMicros } from './statistics.ts';

interface HopOptions {
  readonly servers: string[];
  readonly identity: string;
  readonly seedFile: string;
  readonly stream: string;
  /** Where to publish on; without it this is the last hop and tells the parent when each message arrived. */
  readonly publishTo?: string;
}

const options = JSON.parse(process.argv[2] ?? '{}') as HopOptions;
const bus = await connectBus(options);
const consumer = await bus.jetstream.consumers.get(options.stream, options.identity);
const messages = await consumer.consume({ max_messages: 50 });
process.send?.({ ready: true });
process.once('disconnect', () => process.exit(0));
for await (const message of messages) {
  const arrivedAt = sharedMicros();
  const id = message.headers?.get('Nats-Msg-Id') ?? '';
  if (options.publishTo === undefined) process.send?.({ id, arrivedAt });
  else await bus.jetstream.publish(options.publishTo, message.data, { msgID: id });
  message.ack();
}
