export { startBus, type TestBus } from './bus.ts';
export { hasMoto, type Moto, startMoto } from './moto.ts';
export { freePort, type NatsPlace, NatsServer } from './nats-server.ts';
