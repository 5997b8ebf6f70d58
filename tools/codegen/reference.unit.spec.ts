import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { catalogue, identities, streams } from '@portcullis/contracts';
import { referenceFiles } from './reference.ts';

const folder = new URL('../../docs/reference/', import.meta.url);

describe('docs/reference', () => {
  test('holds exactly what the code generates: run `npm run codegen` after a change', () => {
    const files = referenceFiles();
    expect(readdirSync(folder).sort()).toEqual([...files.keys()].sort());
    for (const [name, text] of files) {
      expect({ name, text: readFileSync(new URL(name, folder), 'utf8') }).toEqual({ name, text });
    }
  });

  test('names every message, stream and identity', () => {
    const text = [...referenceFiles().values()].join('\n');
    for (const { name } of [...catalogue, ...streams, ...identities]) expect(text).toContain(name);
  });
});
