import { Gauge, type Registry } from 'prom-client';
import type { RunHost } from '../state/run-host.ts';
import type { Runs } from '../state/runs.ts';
import type { RunPublisher } from './run-publisher.ts';

type OfRun = (host: RunHost) => number;

const perRun: readonly (readonly [name: string, help: string, value: OfRun])[] = [
  ['inputs_total', 'Inputs of the run.', ({ kernel }) => kernel.counters.inputs],
  ['intents_total', 'Intents that the run made.', ({ kernel }) => kernel.counters.intents],
  ['cancels_total', 'Cancels that the run asked for.', ({ kernel }) => kernel.counters.cancels],
  ['fills_total', 'Fills of the run.', ({ kernel }) => kernel.counters.fills],
  ['errors_total', 'Errors of the strategy.', ({ kernel }) => kernel.counters.errors],
  ['malformed_total', 'Messages whose numbers cannot be right.', ({ kernel }) => kernel.counters.malformed],
  ['working_orders', 'Orders that may still be filled.', ({ kernel }) => kernel.workingOrders],
  ['journal_sequence', 'Number of the last input in the journal.', ({ journalSequence }) => journalSequence],
  ['market_gaps_total', 'Holes in the market data on its way here.', ({ guard }) => guard?.gaps ?? 0],
  ['market_stale_total', 'Market events left out for their age.', ({ guard }) => guard?.stale ?? 0],
  ['lag_seconds', 'Age of the last market event at its arrival.', ({ lagMicros }) => lagMicros / 1e6],
];

/** Adds livyd's own metrics; they are read when somebody asks. */
export function addLivydMetrics(
  registry: Registry,
  runs: Runs,
  publisher: RunPublisher,
  deadLetters: () => number,
): void {
  const registers = [registry];
  for (const [name, help, value] of perRun) {
    new Gauge({
      name: `portcullis_run_${name}`,
      help,
      labelNames: ['run'],
      registers,
      collect() {
        for (const host of runs.hosts) this.set({ run: host.runId }, value(host));
      },
    });
  }
  new Gauge({
    name: 'portcullis_run_verdicts_total',
    help: 'Verdicts on intents of the run, by decision.',
    labelNames: ['run', 'decision'],
    registers,
    collect() {
      for (const { runId: run, kernel } of runs.hosts) {
        this.set({ run, decision: 'approved' }, kernel.counters.approved);
        this.set({ run, decision: 'denied' }, kernel.counters.denied);
      }
    },
  });
  const single = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name: `portcullis_livyd_${name}`,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  };
  single('waiting', 'Intents and cancels that wait for the bus.', () => publisher.waiting);
  single('not_stored_total', 'Intents and cancels that the bus will never have.', () => publisher.failed);
  single('forged_verdicts_total', 'Verdicts that the gate did not sign.', () => runs.forged);
  single('dead_letters_total', 'Messages on which livyd could not act.', deadLetters);
}
