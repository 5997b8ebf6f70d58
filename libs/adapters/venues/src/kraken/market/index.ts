export { krakenDialect } from './dialect.ts';
