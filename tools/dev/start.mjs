// npm start: everything from a fresh clone to a running platform. Standard output belongs to the platform.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, build, runtimeEnvironment } from './bootstrap.mjs';
import { ensureNatsServer } from './ensure-nats-server.mjs';
import { exitCodeOf, root, runScript } from './setup.mjs';

/** Runs the platform and resolves with its exit code. */
function up(node, natsServer, args) {
  return new Promise((done, fail) => {
    const child = spawn(node, [join(root, 'tools/cli/bin/portcullis.mjs'), 'up', ...args], {
      env: runtimeEnvironment({ NATS_SERVER_BIN: natsServer }),
      stdio: 'inherit',
      // Its own group: a terminal's Ctrl-C reaches npm, this process and the child alike, and the child shall see one signal.
      detached: true,
    });
    let isForwarded = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        if (isForwarded) return;
        isForwarded = true;
        child.kill(signal);
      });
    }
    child.once('error', fail);
    child.once('exit', (code, signal) => done(exitCodeOf(code, signal)));
  });
}

await runScript(async () => {
  const node = await bootstrap();
  await build(node);
  return up(node, await ensureNatsServer(), process.argv.slice(2));
});
