// npm test [-- <path pattern> | -t <name> | any option of jest]: everything from a fresh clone to the closing line.
import { join } from 'node:path';
import { bootstrap, build, runtimeEnvironment, typescript } from './bootstrap.mjs';
import { motoForTests } from './ensure-moto.mjs';
import { ensureNatsServer } from './ensure-nats-server.mjs';
import { root, run, runScript } from './setup.mjs';

await runScript(async () => {
  const node = await bootstrap();
  await build(node);
  await typescript(node, ['-p', 'tsconfig.spec.json'], 'the type check of the tests');
  const jest = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules/jest/bin/jest.js'),
  ];
  return run(node, [...jest, ...process.argv.slice(2)], {
    env: runtimeEnvironment({ NATS_SERVER_BIN: await ensureNatsServer(), ...(await motoForTests()) }),
    stdio: 'inherit',
  });
});
