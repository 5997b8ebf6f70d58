#!/usr/bin/env node
// The command line. Starts under the node that a person has; where that one is too old, goes on under the one among the dependencies.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const main = join(here, '../dist/main.js');
const majorLeast = 22;

/** The node among the dependencies, looked for in every folder above. */
function nodeOfDependencies() {
  for (let folder = here; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules/.bin/node');
    if (existsSync(candidate)) return candidate;
  }
  return undefined;
}

/** Runs the same command under another node; signals are passed on once, and its end is ours. */
function goOnUnder(node) {
  // Its own group, so that a terminal's Ctrl-C reaches it once: through us.
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit', detached: true });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    process.stderr.write(`error: ${node} cannot be started: ${error.message}\n  install node ${majorLeast} or newer\n`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

const isOld = Number(process.versions.node.split('.')[0]) < majorLeast;
const other = isOld ? nodeOfDependencies() : undefined;
if (isOld && other === undefined) {
  process.stderr.write(
    `error: node ${process.versions.node} is too old\n  run npm install, which brings a newer one, or install node ${majorLeast} or newer\n`,
  );
  process.exit(1);
} else if (other !== undefined) {
  goOnUnder(other);
} else if (!existsSync(main)) {
  process.stderr.write('error: the command line is not built\n  run npm run build, or npm start, which does it\n');
  process.exit(1);
} else {
  const { runCommandLine } = await import(main);
  await runCommandLine(process.argv.slice(2));
}
