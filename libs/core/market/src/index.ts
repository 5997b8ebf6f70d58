export * from './bars.ts';
export * from './instrument.ts';
export * from './market-event.ts';
export * from './order-book.ts';
export * from './scaled-event.ts';
