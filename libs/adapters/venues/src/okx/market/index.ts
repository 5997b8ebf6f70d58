export { okxBusinessDialect, okxDialect } from './dialect.ts';
