import type { BusConnection } from '@portcullis/bus';
import { type MarketEvent, type MarketKind, marketEventSchema, subjects } from '@portcullis/contracts';
import type { MarketSource } from './market-source.ts';

/** The wildcard of one token of a subject. */
const EVERY_KIND = '*' as MarketKind;

/** The `md.*` subjects of one instrument, by a plain subscription: a lost message shows in the next quote. */
export function busMarketSource(
  bus: BusConnection,
  instrument: { readonly venue: string; readonly symbol: string },
  malformed: (reason: string) => void,
): MarketSource {
  let stop = (): void => undefined;
  return {
    start: async (receive) => {
      const subscription = bus.nats.subscribe(subjects.market(EVERY_KIND, instrument.venue, instrument.symbol), {
        callback: (error, message) => {
          if (error !== null) return;
          const event = decoded(message.string());
          if (event === undefined) malformed(message.subject);
          else receive(event);
        },
      });
      stop = () => subscription.unsubscribe();
    },
    stop: async () => stop(),
  };
}

function decoded(text: string): MarketEvent | undefined {
  try {
    return marketEventSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
