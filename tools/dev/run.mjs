// Runs a TypeScript file of this repository: node tools/dev/run.mjs [--built] <file.ts> [its arguments].
// Packages are read from their sources; with --built from their builds, which is what a measurement needs and what
// files that import decorated classes need.
import { resolve } from 'node:path';
import { bootstrap, build, runtimeEnvironment } from './bootstrap.mjs';
import { run, runScript, SetupError } from './setup.mjs';

await runScript(async () => {
  const args = process.argv.slice(2);
  const isBuilt = args[0] === '--built';
  const [file, ...rest] = isBuilt ? args.slice(1) : args;
  if (file === undefined) throw new SetupError('which file? node tools/dev/run.mjs [--built] <file.ts> [arguments]', 2);
  const node = await bootstrap({ source: true });
  if (isBuilt) await build(node);
  const conditions = isBuilt ? [] : ['--conditions=@portcullis/source'];
  const options = [...conditions, '--disable-warning=ExperimentalWarning', resolve(file), ...rest];
  return run(node, options, { env: runtimeEnvironment(), stdio: 'inherit' });
});
