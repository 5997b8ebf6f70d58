export * from './clock.ts';
export * from './load-config.ts';
export * from './pinned-keys.ts';
export * from './run-main.ts';
export * from './secret.ts';
export * from './user-error.ts';
export * from './service-config.ts';
