import { SeededRandom } from '@portcullis/kernel';
import { Account } from './account.ts';
import type { TradedInstrument } from './execution-config.ts';
import type { ExecutionOptions } from './execution-engine.ts';
import { FeeSchedule, TradedVolume } from './fee-schedule.ts';
import { VenueSlot } from './venue-slot.ts';

/** What one engine is made of, from its options. */
export interface VenueParts {
  readonly slots: readonly VenueSlot[];
  readonly account: Account;
  /** By slot; undefined where no fee depends on it. Slots of one venue and quote currency share one. */
  readonly volumes: readonly (TradedVolume | undefined)[];
  readonly random: SeededRandom;
}

export function venueParts({ config, instruments, balances }: ExecutionOptions): VenueParts {
  const currencies = currenciesOf(instruments, balances === 'unlimited' ? [] : [...balances.keys()]);
  const volumes = volumesOf(instruments);
  const slots = instruments.map((instrument, index) => {
    const { rules, fees } = instrument;
    const base = currencies.indexOf(rules.base);
    const quote = currencies.indexOf(rules.quote);
    return new VenueSlot(instrument, { index, base, quote, fees: new FeeSchedule(fees, volumes[index]) });
  });
  return {
    slots,
    account: new Account(currencies, slots, balances),
    volumes,
    random: SeededRandom.stream(config.seed, 'execution'),
  };
}

function currenciesOf(instruments: readonly TradedInstrument[], held: readonly string[]): readonly string[] {
  const currencies = new Set(held);
  for (const { rules, contract } of instruments) {
    if (contract === 'spot') currencies.add(rules.base);
    currencies.add(rules.quote);
  }
  return [...currencies];
}

function volumesOf(instruments: readonly TradedInstrument[]): readonly (TradedVolume | undefined)[] {
  const byGroup = new Map<string, TradedVolume>();
  const group = ({ rules }: TradedInstrument): string => JSON.stringify([rules.venue, rules.quote]);
  for (const instrument of instruments) {
    if (instrument.fees.length > 1 && !byGroup.has(group(instrument))) {
      byGroup.set(group(instrument), new TradedVolume());
    }
  }
  return instruments.map((instrument) => byGroup.get(group(instrument)));
}
