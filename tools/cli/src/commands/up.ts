import { dirname } from 'node:path';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, EXIT, type Flags, UsageError, textOf, wholeNumberOf } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { ACCOUNT, type Flow, type Plan, SERVICES, type ServiceName } from '../up/configs.ts';
import { GENERATED_INSTRUMENT, GENERATED_PRICE } from '../up/demo.ts';
import { type FinalNumbers, decisionHashes, finalNumbers, marketSequence } from '../up/final-numbers.ts';
import { ensurePlatformKeys } from '../up/keys.ts';
import { captureStateName, generatedStateName, layoutOf } from '../up/layout.ts';
import { Lock } from '../up/lock.ts';
import { Platform } from '../up/platform.ts';
import { dashboardPort, freePorts } from '../up/ports.ts';
import { readStatus } from '../up/status-client.ts';
import { SummaryLine, summaryLine } from '../up/summary.ts';
import { inspectCapture } from '../up/tools.ts';
import { removeUpFile } from '../up/up-file.ts';

const DASHBOARD_PORT = 8080;
const SPEED_MAX = 10_000;
const SUMMARY_MS = 1000;

export const up: Command = {
  name: 'up',
  summary: 'Starts the whole platform on this machine, with a simulated venue, and stops it cleanly on Ctrl-C',
  usage: [
    'usage: portcullis up [--for TIME] [--port N] [--flow FILE [--speed N]] [--seed N] [--state NAME] [--dir DIR]',
    '',
    '  --for TIME         end by itself after 60s, 5m, 1h of trading',
    `  --port N           port of the dashboard (${DASHBOARD_PORT}); 0 takes a free one`,
    '  --flow FILE        recorded market data for the venue, a gzipped capture; without it the flow is generated',
    '  --speed N          how many times faster than recorded (1)',
    '  --seed N           seed of the generated flow (1)',
    '  --state NAME       which state to go on from; each flow has one of its own',
    '  --dir DIR          folder of keys, states and logs (.portcullis)',
    '',
    'With --json the last line of standard output has the counts of this session and the check of everything that the',
    "state holds against the venue's own ledger.",
  ],
  options: {
    for: { type: 'string' },
    port: { type: 'string' },
    flow: { type: 'string' },
    speed: { type: 'string' },
    seed: { type: 'string' },
    state: { type: 'string' },
    dir: { type: 'string' },
  },
  positionalsMax: 0,
  async run({ flags }) {
    const forMs = textOf(flags, 'for') === undefined ? undefined : parseDuration(textOf(flags, 'for') ?? '', '--for');
    const stopped = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort());
    const line = new SummaryLine();
    const { plan, lock } = await prepare(flags);
    try {
      return await runPlatform(plan, { forMs, flags, line, signal: stopped.signal });
    } finally {
      line.end();
      removeUpFile(plan.layout.upFile);
      lock.release();
    }
  },
};

interface Session {
  readonly forMs: number | undefined;
  readonly flags: Flags;
  readonly line: SummaryLine;
  readonly signal: AbortSignal;
}

/** Everything that can be wrong is found here, before anything is started. */
async function prepare(flags: Flags): Promise<{ plan: Plan; lock: Lock }> {
  const wantedPort = wholeNumberOf(flags, 'port', { least: 0, most: 65_535 }) ?? DASHBOARD_PORT;
  const flow = flowOf(flags);
  const inspected =
    flow.kind === 'recorded'
      ? await inspectCapture(flow.file)
      : { instrument: GENERATED_INSTRUMENT, price: GENERATED_PRICE };
  const defaultName = flow.kind === 'recorded' ? await captureStateName(flow.file) : generatedStateName(flow.seed);
  const layout = layoutOf(textOf(flags, 'dir') ?? '.portcullis', textOf(flags, 'state') ?? defaultName);
  mkdirSync(dirname(layout.lockFile), { recursive: true, mode: 0o700 });
  const lock = Lock.take(layout.lockFile, layout.stateName);
  try {
    const keys = ensurePlatformKeys(layout.keysDir);
    const observerPort = await dashboardPort(wantedPort);
    const [nats = 0, venue = 0, ...rest] = await freePorts(SERVICES.length + 2);
    const health = Object.fromEntries(
      SERVICES.map((service, i) => [service, service === 'observer' ? observerPort : (rest[i] ?? 0)]),
    ) as Record<ServiceName, number>;
    return { plan: { layout, keys, ports: { nats, venue, health }, flow, ...inspected }, lock };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function flowOf(flags: Flags): Flow {
  const file = textOf(flags, 'flow');
  const speedText = textOf(flags, 'speed');
  const seed = wholeNumberOf(flags, 'seed', { least: 0, most: 1_000_000_000 });
  if (file === undefined) {
    if (speedText !== undefined) throw new UsageError('--speed is for a recorded flow: give --flow FILE with it');
    return { kind: 'generated', seed: seed ?? 1, startPrice: GENERATED_PRICE };
  }
  if (seed !== undefined) throw new UsageError('--seed is for the generated flow: it does nothing with --flow');
  const speed = speedText === undefined ? 1 : /^\d{1,5}(\.\d{1,3})?$/.test(speedText) ? Number(speedText) : Number.NaN;
  if (!(speed >= 0.01 && speed <= SPEED_MAX)) {
    throw new UsageError(`--speed is ${JSON.stringify(speedText)}: expected a number from 0.01 to ${SPEED_MAX}`);
  }
  return { kind: 'recorded', file, speed };
}

async function runPlatform(plan: Plan, session: Session): Promise<number> {
  const { line, signal, flags } = session;
  const platform = new Platform(plan, (text) => line.say(text));
  try {
    line.say(`state ${plan.layout.stateName}, logs in ${plan.layout.logsDir}`);
    await platform.start(signal);
    const marketFrom = await platform.asProvisioner(marketSequence);
    line.say(`dashboard ${platform.dashboard}`);
    await watch(platform, session);
    line.say('stopping: working orders are cancelled first');
    // livyd cancels what its runs have working, and riskd, bridge and venue are still there to carry it out.
    await platform.stopOne('livyd');
    const numbers = await platform.asProvisioner((bus) =>
      finalNumbers(bus, plan, { since: platform.startedAt, marketFrom }),
    );
    const status = await readStatus(platform.dashboard);
    const restarts = Object.fromEntries(Object.entries(platform.restarts).filter(([, count]) => count > 0));
    await platform.stop();
    line.end();
    return report(flags, numbers, {
      restarts,
      decisionHashes: decisionHashes(status),
      dashboard: platform.dashboard,
      state: plan.layout.stateName,
      account: ACCOUNT,
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    line.say('stopped before everything had started');
    return EXIT.ok;
  } finally {
    await platform.stop();
  }
}

/** Shows the summary until the time is over or somebody wants the end. */
async function watch(platform: Platform, { forMs, line, signal }: Session): Promise<void> {
  const until = forMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + forMs;
  while (Date.now() < until && !signal.aborted) {
    const status = await readStatus(platform.dashboard).catch(() => undefined);
    line.show(summaryLine(status, platform.restarts));
    await sleep(Math.min(SUMMARY_MS, Math.max(0, until - Date.now())), undefined, { signal }).catch(() => undefined);
  }
}

function report(flags: Flags, numbers: FinalNumbers, rest: Readonly<Record<string, unknown>>): number {
  for (const finding of numbers.findings) process.stderr.write(`check: ${finding}\n`);
  if (flags['json'] === true) process.stdout.write(`${JSON.stringify({ ...numbers, ...rest })}\n`);
  else {
    const { intents, approved, denied, fills, venueOrders, venueOrdersChecked, findings } = numbers;
    process.stdout.write(
      `${intents} intents, ${approved} approved, ${denied} denied, ${venueOrders} orders at the venue, ${fills} fills\n`,
    );
    process.stdout.write(
      findings.length === 0
        ? `checked: all ${venueOrdersChecked} orders of the venue's ledger have an approval, none twice, and our books agree with it\n`
        : `checked: ${findings.length} findings, see above\n`,
    );
  }
  return numbers.findings.length === 0 ? EXIT.ok : EXIT.checkFailed;
}
