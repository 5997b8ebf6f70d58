import { createHash, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readKill } from '@portcullis/authority';
import type { Secret } from '@portcullis/config';
import { subjects } from '@portcullis/contracts';
import type { FastifyInstance } from 'fastify';
import type { BridgeShell } from '../state/bridge-shell.ts';

/** The file in the data folder whose mere existence stops everything, bus or no bus. */
export const KILL_FILE = 'KILL';

/** Latches everything while the file is there; while it stays, no clear lasts. */
export function obeyKillFile(shell: BridgeShell, dataDir: string): void {
  if (!existsSync(join(dataDir, KILL_FILE))) return;
  if (shell.core.latches.some((latch) => latch.scope === 'all')) return;
  shell.hear({ type: 'kill', scope: 'all', reason: `file ${KILL_FILE} in the data folder`, by: 'local file' });
}

/** Adds `POST /kill` for when the bus is down: body `{"scope"?, "reason"?, "by"?}`; one that does not parse kills everything. */
export function addKillRoute(server: FastifyInstance, shell: BridgeShell, token: Secret): void {
  const expected = digest(`Bearer ${token.reveal()}`);
  // Whatever comes as a body is taken as it is: a kill has no wrong form.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string', bodyLimit: 64 * 1024 }, (_request, body, done) =>
    done(null, body),
  );
  server.post('/kill', (request, reply) => {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) {
      return reply.status(401).send({ error: 'the bearer token is missing or wrong' });
    }
    const body = typeof request.body === 'string' ? request.body : '';
    const { scope, reason, by } = readKill(subjects.kill(scopeOf(body)), body === '' ? '{}' : body);
    shell.take({ type: 'kill', scope, reason, by });
    return reply.status(202).send({ latched: scope });
  });
}

function scopeOf(body: string): string {
  try {
    const scope = (JSON.parse(body) as { scope?: unknown } | null)?.scope;
    return typeof scope === 'string' ? scope : 'all';
  } catch {
    return 'all';
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
