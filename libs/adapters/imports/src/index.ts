export { captureImporter, type CaptureImport } from './capture/capture-import.ts';
export { type CaptureReport, type CheckOptions, checkCaptures } from './capture/check-captures.ts';
export {
  EXPORT_FORMATS,
  type ExportFormat,
  type ExportReport,
  type ExportRequest,
  exportArchive,
} from './export/export-archive.ts';
export { type Finding, describeFinding } from './findings.ts';
export { type KlineImport, klineImporter } from './klines/kline-import.ts';
export { type LeanImport, leanImporter } from './lean/lean-import.ts';
export { type ImportReport, type ImportRequest, type ListedGap, runImport } from './run/import-run.ts';
export type { ImportContext, Importer } from './run/importer.ts';
export type { Phase } from './run/progress.ts';
export { type ColumnMap, type TableKind, TABLE_KINDS, parseColumnMap, timeUnitOf } from './table/column-map.ts';
export { type TableImport, tableImporter } from './table/table-import.ts';
