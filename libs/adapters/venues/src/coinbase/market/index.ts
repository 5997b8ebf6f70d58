export { coinbaseDialect } from './coinbase-dialect.ts';
