export * from './account-books.ts';
export * from './break-watch.ts';
export * from './reconcile.ts';
export * from './report.ts';
