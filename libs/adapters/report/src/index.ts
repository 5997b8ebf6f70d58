export * from './report-data.ts';
export { renderReport } from './render-report.ts';
