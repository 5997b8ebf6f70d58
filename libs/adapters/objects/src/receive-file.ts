import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { codeOf, fileTrouble } from './file/file-trouble.ts';
import { troubled } from './trouble.ts';

/**
 * Writes `chunks` into the file `path`, which appears whole or not at all. Each chunk may be overwritten once the next
 * one is asked for. Throws `unavailable` when there are not `bytes` of them.
 */
export async function receiveFile(path: string, chunks: AsyncIterable<Uint8Array>, bytes: number): Promise<void> {
  const arriving = `${path}.arriving-${randomUUID().slice(0, 8)}`;
  try {
    const file = await open(arriving, 'wx');
    let received = 0;
    try {
      for await (const chunk of chunks) {
        await file.writeFile(chunk);
        received += chunk.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    if (received !== bytes) {
      throw troubled('unavailable', `${received} of ${bytes} bytes arrived for ${path}`);
    }
    await rename(arriving, path);
  } catch (error) {
    // The caller's folder that is not there is the caller's mistake, not a missing object.
    if (codeOf(error) === 'ENOENT') throw troubled('refused', `cannot write ${path}: ${(error as Error).message}`);
    throw fileTrouble(`write ${path}`, error);
  } finally {
    await rm(arriving, { force: true });
  }
}
