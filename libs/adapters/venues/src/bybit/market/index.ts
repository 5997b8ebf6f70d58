export { bybitDialect } from './bybit-dialect.ts';
