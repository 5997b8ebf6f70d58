import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './nats-server.ts';

// python compiles what it imports once; a machine under load takes a while for that.
const READY_MS_MAX = 45_000;
const STOP_MS_MAX = 5_000;
const POLL_MS = 50;
const ENSURE = join(import.meta.dirname, '../../../tools/dev/ensure-moto.mjs');

/**
 * moto looks at a condition and then puts, without a lock, so that two puts can both win: here it answers one request at
 * a time, which makes it as strict as S3. It ends with the process that started it, however that ends.
 */
const PROGRAM = `
import os, sys, threading, time
from werkzeug.serving import run_simple
from moto.server import DomainDispatcherApplication, create_backend_app

parent = os.getppid()
def watch():
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)
threading.Thread(target=watch, daemon=True).start()

app = DomainDispatcherApplication(create_backend_app)
one_at_a_time = threading.Lock()
def serve(environ, start_response):
    with one_at_a_time:
        return app(environ, start_response)
run_simple('127.0.0.1', int(sys.argv[1]), serve, threaded=True)
`;

/** A running S3 server. Any credentials do; it holds everything in memory, and begins without a bucket. */
export interface Moto {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
// A test run that is cut off leaves no server behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * False where PORTCULLIS_WITHOUT_S3=1 says to leave the tests against an S3 server out, which it repeats on standard
 * error, so that nobody takes what is left for everything.
 */
export function hasMoto(): boolean {
  if (process.env['PORTCULLIS_WITHOUT_S3'] !== '1') return true;
  process.stderr.write('PORTCULLIS_WITHOUT_S3=1: the tests against an S3 server are left out\n');
  return false;
}

/** What `npm test` found, else what the set-up script finds now. */
async function place(): Promise<{ readonly python: string; readonly path: string }> {
  const trouble = process.env['MOTO_TROUBLE'];
  if (trouble !== undefined) throw new Error(trouble);
  let found: NodeJS.ProcessEnv = process.env;
  if (found['MOTO_PYTHONPATH'] === undefined || found['MOTO_PYTHON'] === undefined) {
    const { stdout } = await promisify(execFile)(process.execPath, [ENSURE]).catch((error: { stderr: string }) => {
      throw new Error(error.stderr);
    });
    found = JSON.parse(stdout) as NodeJS.ProcessEnv;
  }
  return { python: found['MOTO_PYTHON'] ?? '', path: found['MOTO_PYTHONPATH'] ?? '' };
}

/**
 * Starts moto (see `tools/dev/ensure-moto.mjs`) on a free port of 127.0.0.1. Throws the sentence that says why there is
 * none. `stop()` ends that process and no other.
 */
export async function startMoto(): Promise<Moto> {
  const { python, path } = await place();
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const dir = mkdtempSync(join(tmpdir(), 'portcullis-moto-'));
  const log = join(dir, 'server.log');
  const output = openSync(log, 'a');
  // -S: the machine's own modules, of other versions, stay out.
  const child = spawn(python, ['-S', '-c', PROGRAM, String(port)], {
    env: { ...process.env, PYTHONPATH: path },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  running.add(child);
  const ended = once(child, 'exit').then(
    () => `moto ended: ${readFileSync(log, 'utf8').slice(-2000)}`,
    (error: unknown) => `moto cannot be started: ${(error as Error).message}`,
  );
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await ended;
    clearTimeout(patience);
    running.delete(child);
    rmSync(dir, { recursive: true, force: true });
  };
  const problem = await Promise.race([answering(endpoint), ended]);
  if (problem === undefined) return { endpoint, stop };
  await stop();
  throw new Error(problem);
}

async function answering(endpoint: string): Promise<string | undefined> {
  const deadline = Date.now() + READY_MS_MAX;
  while (Date.now() < deadline) {
    const answer = await fetch(`${endpoint}/moto-api/`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer !== undefined) return undefined;
    await sleep(POLL_MS);
  }
  return `moto did not answer on ${endpoint} within ${READY_MS_MAX} ms`;
}
