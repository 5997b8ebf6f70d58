// npm run lint: every check that reads the code without running it. All of them run, so that one look shows everything.
import { join } from 'node:path';
import { bootstrap, runtimeEnvironment } from './bootstrap.mjs';
import { root, run, runScript, say } from './setup.mjs';

const checks = [
  ['eslint', ['eslint/bin/eslint.js', '.', '--max-warnings', '0']],
  ['prettier', ['prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']],
  ['knip', ['knip/bin/knip.js', '--no-progress', '--no-config-hints']],
];

await runScript(async () => {
  const node = await bootstrap();
  const failed = [];
  for (const [name, [script, ...args]] of checks) {
    const code = await run(node, [join(root, 'node_modules', script), ...args], {
      env: runtimeEnvironment(),
      stdio: 'inherit',
    });
    if (code !== 0) failed.push(name);
  }
  say(failed.length === 0 ? 'lint is clean' : `lint failed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
});
