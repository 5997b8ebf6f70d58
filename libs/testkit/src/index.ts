export { startBus, type TestBus } from './bus.ts';
export { eventually } from './eventually.ts';
export { btcusdt, btcusdtRules } from './instrument.ts';
export { journalHead } from './journal-head.ts';
export { newKeyPem, newSigner } from './keys.ts';
export { hasMoto, type Moto, startMoto } from './moto.ts';
export { freePort, type NatsPlace, NatsServer } from './nats-server.ts';
export { RunningProgram } from './running-program.ts';
export { type RunningVenue, startVenue } from './venue.ts';
