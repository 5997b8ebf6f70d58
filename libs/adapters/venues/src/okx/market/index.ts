export { okxDialect } from './dialect.ts';
