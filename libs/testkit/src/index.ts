export { startBus, type TestBus } from './bus.ts';
export { freePort, type NatsPlace, NatsServer } from './nats-server.ts';
