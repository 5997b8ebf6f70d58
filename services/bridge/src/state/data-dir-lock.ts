import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { type Server, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@portcullis/config';
import { sha256Hex } from '@portcullis/kernel';

/**
 * Keeps a second process off a data folder: a journal has one writer, also while the bus cannot say who holds the lease.
 * A socket is the lock, because the system lets go of it however its owner dies, and a paused owner keeps it.
 */
export async function lockDataDir(dataDir: string): Promise<{ release(): void }> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(tmpdir(), `portcullis-bridge-${sha256Hex(realpathSync(dataDir)).slice(0, 32)}.sock`);
  let server = await listen(path);
  if (server === undefined && !(await answers(path))) {
    rmSync(path, { force: true });
    server = await listen(path);
  }
  if (server === undefined) {
    throw new UserError(`another bridge works on ${dataDir}`, 'stop it first: one process writes a journal');
  }
  const held = server;
  return { release: () => void held.close() };
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (alive: boolean): void => {
      socket.destroy();
      resolve(alive);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
