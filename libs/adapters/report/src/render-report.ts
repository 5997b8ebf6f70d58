import type { ReportData } from './report-data.ts';

/** One self-contained HTML file. */
export async function renderReport(data: ReportData): Promise<string> {
  return JSON.stringify(data);
}
