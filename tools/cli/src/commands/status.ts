import type { ControlState, Heartbeat, Status } from '@portcullis/contracts';
import { type Command, EXIT } from '../command.ts';
import { listenForHeartbeats, readControl } from '../control-watch.ts';
import { asOperator, placeOf, placeOptions, placeUsage } from '../place.ts';
import { columns, printResult } from '../print.ts';
import { readStatus } from '../up/status-client.ts';

/** Everybody beats at least once a second. */
const LISTEN_MS = 1500;

export const status: Command = {
  name: 'status',
  summary: 'Shows trading state, latches, services, runs and counters of a running platform',
  usage: ['usage: portcullis status', '', ...placeUsage],
  options: placeOptions,
  positionalsMax: 0,
  async run({ flags }) {
    const place = placeOf(flags);
    const dashboard = place.dashboard === undefined ? undefined : readStatus(place.dashboard);
    const [control, heartbeats] = await asOperator(place, (bus) =>
      Promise.all([readControl(bus, place.account), listenForHeartbeats(bus, LISTEN_MS)]),
    );
    const seen = await dashboard;
    const result = {
      account: place.account,
      tradingState: control?.tradingState ?? 'UNKNOWN',
      killEpoch: control?.killEpoch ?? null,
      latches: control?.latches ?? [],
      services: heartbeats.map(({ service, instance, state, detail }) => ({
        service,
        instance,
        state,
        detail: detail ?? null,
      })),
      runs: seen?.runs ?? heartbeats.flatMap(({ runs = [] }) => runs),
      counters: seen?.counters ?? null,
      dashboard: place.dashboard ?? null,
    };
    printResult(flags, result, linesOf(control, heartbeats, seen));
    return EXIT.ok;
  },
};

function linesOf(
  control: ControlState | undefined,
  heartbeats: readonly Heartbeat[],
  seen: Status | undefined,
): string[] {
  const latches = (control?.latches ?? []).map(
    ({ scope, epoch, reason, by }) => `  ${scope}, epoch ${epoch}: ${reason || 'no reason given'} (${by})`,
  );
  const services = columns(heartbeats.map(({ service, state, detail = '' }) => [`  ${service}`, state, detail]));
  const runs = columns(
    (seen?.runs ?? []).map((run) => [
      `  ${run.runId}`,
      run.state,
      `position ${run.position}`,
      `net ${run.netProfit}`,
      `${run.fills} fills`,
    ]),
  );
  const counters =
    seen === undefined
      ? []
      : [
          `${seen.counters.intents} intents, ${seen.counters.approved} approved, ${seen.counters.denied} denied, ${seen.counters.fills} fills, ${seen.counters.unresolved} unresolved, ${seen.counters.deadLetters} dead letters`,
        ];
  return [
    `trading state: ${control?.tradingState ?? 'unknown, riskd has not said'}`,
    ...(latches.length > 0 ? ['latches:', ...latches] : ['no latches']),
    'services:',
    ...(services.length > 0 ? services : ['  none speaks']),
    ...(runs.length > 0 ? ['runs:', ...runs] : []),
    ...counters,
  ];
}
