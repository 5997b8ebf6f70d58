export { OrderBook } from './book.ts';
export type { BookChanges, BookLevel } from './changes.ts';
export * from './events.ts';
export * from './limits.ts';
export * from './orders.ts';
export type { BookSnapshot, LevelSnapshot, OrderSnapshot, QueueSnapshot } from './snapshot.ts';
