import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STATISTICS } from '@portcullis/statistics';
import type { ReportData } from './report-data.ts';

const ASSETS = fileURLToPath(new URL('../assets', import.meta.url));
/** One script in the page, in this order. */
const SCRIPTS = ['words.js', 'charts.js', 'report.js'];
const CHARTS = 'dist/lightweight-charts.standalone.production.js';
const require = createRequire(import.meta.url);

/**
 * One HTML file with everything in it: charts, tables, the numbers themselves. It asks for nothing from any network, and
 * its policy would not let it. Texts of the run are shown as texts, whatever is in them.
 */
export async function renderReport(data: ReportData): Promise<string> {
  const charts = join(dirname(require.resolve('lightweight-charts/package.json')), CHARTS);
  const files = ['report.html', 'report.css', ...SCRIPTS].map((name) => join(ASSETS, name));
  const texts = await Promise.all([charts, ...files].map((path) => readFile(path, 'utf8')));
  const [library, page, style, ...scripts] = texts;
  const parts: Readonly<Record<string, string | undefined>> = {
    STYLE: style,
    DATA: inScript(JSON.stringify({ ...data, descriptions: STATISTICS })),
    LIBRARY: library,
    PAGE: `(() => {\n'use strict';\n${scripts.join('\n')}})();`,
  };
  // A function, because a text may hold what `replace` takes for a reference.
  return (page ?? '').replace(/\/\*(STYLE|DATA|LIBRARY|PAGE)\*\//g, (_, name: string) => parts[name] ?? '');
}

/** JSON that cannot end the element it stands in: HTML knows `</script` and `<!--` there, JSON knows `\u003c`. */
function inScript(json: string): string {
  return json.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
