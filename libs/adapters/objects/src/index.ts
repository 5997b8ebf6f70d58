export * from './object-store.ts';
export { openObjectStore } from './open-object-store.ts';
export { type S3Options } from './s3/s3-options.ts';
