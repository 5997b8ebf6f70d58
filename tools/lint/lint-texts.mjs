// Lints texts as if they stood in the named files; nothing is written. Reads [{file, text}] from standard input and
// prints, as the last line and per text, the ids of the rules that it breaks.
import { text as readAll } from 'node:stream/consumers';
import { ESLint } from 'eslint';

const planted = JSON.parse(await readAll(process.stdin));
const eslint = new ESLint();
const broken = [];
for (const { file, text } of planted) {
  const [result] = await eslint.lintText(text, { filePath: file });
  broken.push(result.messages.map(({ ruleId, message }) => ruleId ?? message));
}
process.stdout.write(`\n${JSON.stringify(broken)}\n`);
