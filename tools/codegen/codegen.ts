import { mkdirSync, writeFileSync } from 'node:fs';
import { referenceFiles } from './reference.ts';

const folder = new URL('../../docs/reference/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, text] of referenceFiles()) {
  writeFileSync(new URL(name, folder), text);
  process.stdout.write(`docs/reference/${name}\n`);
}
