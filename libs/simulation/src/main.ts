import { type CommandLine, USAGE, UsageError, parseCommandLine } from './options.ts';
import { type Report, simulate } from './simulate.ts';
import { FAULT_NAMES, swarmFaults } from './faults.ts';
import { LIMITS } from './scenario.ts';
import type { WorldOptions } from './world.ts';

type TimedReport = Report & { readonly wallSeconds: number };

function run(options: WorldOptions, showProgress: boolean): TimedReport {
  const start = performance.now();
  const seconds = (): number => Math.round((performance.now() - start) / 10) / 100;
  const report = simulate(options, {}, (hours) => {
    if (showProgress) {
      process.stderr.write(`${hours.toFixed(2)} of ${options.hours} simulated hours in ${seconds()} s\n`);
    }
  });
  return { ...report, wallSeconds: seconds() };
}

function line({ seed, traceHash, violations, ...report }: TimedReport): string {
  const verdict = violations[0] === undefined ? 'ok' : `${violations[0].invariant} violated`;
  const { ordersSeen, fillsSeen, steps, wallSeconds } = report;
  return `seed ${seed}: ${verdict}, ${ordersSeen} orders, ${fillsSeen} fills, ${steps} steps in ${wallSeconds} s, trace ${traceHash.slice(0, 16)}`;
}

/** The command that does the same again. */
function reproduction({ seed, hours, faults, limits, ed25519 }: WorldOptions): string {
  const drawn = swarmFaults(seed);
  const set = FAULT_NAMES.filter((name) => faults[name] !== drawn[name]).map(
    (name) => `--fault ${name}=${faults[name]}`,
  );
  const changed = Object.entries(limits).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(LIMITS[name as keyof typeof LIMITS]),
  );
  const limited = changed.map(
    ([name, value]) => `--limit ${name}=${typeof value === 'object' ? `${value.count}/${value.windowMillis}` : value}`,
  );
  return [
    'npm run sim --',
    `--seed ${seed} --hours ${hours}`,
    ...set,
    ...limited,
    ...(ed25519 ? ['--ed25519'] : []),
  ].join(' ');
}

function explain(report: TimedReport, options: WorldOptions): string {
  const [first] = report.violations;
  if (first === undefined) return '';
  const others = report.violations.slice(1).map(({ invariant, what }) => `  also ${invariant}: ${what}\n`);
  const at = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'UTC' }).format(first.at / 1000);
  return `seed ${report.seed} violates ${first.invariant} at ${at} (${first.at} µs)\n  ${first.what}\n${others.join('')}  again: ${reproduction(options)}\n`;
}

function describe(report: TimedReport): string {
  const marks = Object.entries(report.marks).map(([name, count]) => `  ${String(count).padStart(8)}  ${name}\n`);
  return `${line(report)}\n${report.intents} intents, ${report.approved} approved, ${report.denied} denied\nBranches reached:\n${marks.join('')}`;
}

function main({ simulations, json }: CommandLine): number {
  const reports = simulations.map((options) => {
    const report = run(options, simulations.length === 1);
    process.stdout.write(simulations.length === 1 ? describe(report) : `${line(report)}\n`);
    process.stderr.write(explain(report, options));
    return report;
  });
  if (json) {
    process.stdout.write(`${JSON.stringify(reports.length === 1 ? reports[0] : { seeds: reports.length, reports })}\n`);
  }
  return reports.some((report) => report.violations.length > 0) ? 1 : 0;
}

try {
  const commandLine = parseCommandLine(process.argv.slice(2));
  if (commandLine.help) process.stdout.write(USAGE);
  process.exitCode = commandLine.help ? 0 : main(commandLine);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
