import { RUN_PRIORITIES } from '@portcullis/contracts';
import { Gauge, type Registry } from 'prom-client';
import type { Lab } from '../state/lab.ts';

export interface LabNumbers {
  /** Tasks that run here now. */
  readonly running: () => number;
  /** Ends since the start, of this replica and of others that tell. */
  readonly ends: () => Readonly<Record<string, number>>;
  readonly deadLetters: () => number;
}

/** Adds strategyd's own metrics; they are read when somebody asks. */
export function addStrategydMetrics(registry: Registry, lab: Lab, { running, ends, deadLetters }: LabNumbers): void {
  const registers = [registry];
  new Gauge({
    name: 'portcullis_strategyd_waiting',
    help: 'Requests that wait, by priority.',
    labelNames: ['priority'],
    registers,
    async collect() {
      const waiting = await lab.waiting();
      for (const priority of RUN_PRIORITIES) this.set({ priority }, waiting[priority] ?? Number.NaN);
    },
  });
  new Gauge({
    name: 'portcullis_strategyd_ended_total',
    help: 'Requests that have ended since the start, by how.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(ends())) this.set({ state }, count);
    },
  });
  const single = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name: `portcullis_strategyd_${name}`,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  };
  single('running', 'Tasks that run here.', running);
  single('dead_letters_total', 'Messages of the queue on which nobody can act.', deadLetters);
}
