import type { InstrumentDefinition } from '@portcullis/market';
import { type PreparedReplay, prepareReplay } from '@portcullis/replay';
import { BacktestError } from '../backtest-error.ts';
import type { EventSource } from '../dataset/input-batch.ts';
import { openDataset } from '../dataset/open-dataset.ts';
import { type LoadedStrategy, loadStrategy } from '../load-strategy.ts';
import type { BacktestRequest } from '../request/backtest-request.ts';
import type { PreparedBacktest } from './backtest.ts';
import { checkedRequest, configOf, definitionsBySlot, filledIn } from './fill-in.ts';

export interface PrepareOptions {
  /** Already open (a tape): the data of the request is not opened again, and it is not closed with the run. */
  readonly source?: EventSource;
  /** Whether the instruments of the request were inferred from `source`, which the manifest tells. */
  readonly inferred?: boolean;
  readonly strategy?: LoadedStrategy;
  /** See `openDataset`. */
  readonly cacheDir?: string;
}

/**
 * Checks a request against its data and its strategy, and fills in what the data decides. Throws BacktestError (`input`)
 * with each field that is wrong, or what the archive throws. Close the result after use.
 */
export async function prepareBacktest(given: unknown, options: PrepareOptions = {}): Promise<PreparedBacktest> {
  const request = checkedRequest(given);
  const loaded = options.strategy ?? (await loadStrategy(request.strategy));
  if (options.source !== undefined) {
    const { info } = options.source;
    if (request.instruments === undefined) {
      throw BacktestError.of({
        field: 'instruments',
        value: '(absent)',
        expected: 'those that the tape was made with',
      });
    }
    const definitions = definitionsBySlot(info, request.instruments);
    return prepared({
      request,
      loaded,
      source: options.source,
      definitions,
      inferred: options.inferred ?? false,
      close: async () => {},
    });
  }
  const { cacheDir } = options;
  const dataset = await openDataset(request.data, { fill: request.fill, ...(cacheDir !== undefined && { cacheDir }) });
  try {
    const inferred = request.instruments === undefined;
    const definitions = definitionsBySlot(dataset.info, request.instruments ?? (await dataset.instruments()));
    return prepared({ request, loaded, source: dataset, definitions, inferred, close: () => dataset.close() });
  } catch (error) {
    await dataset.close();
    throw error;
  }
}

interface Parts {
  readonly request: BacktestRequest;
  readonly loaded: LoadedStrategy;
  readonly source: EventSource;
  readonly definitions: readonly InstrumentDefinition[];
  readonly inferred: boolean;
  readonly close: () => Promise<void>;
}

function prepared({ request: asked, loaded, source, definitions, inferred, close }: Parts): PreparedBacktest {
  const request = filledIn(asked, source.info, definitions);
  const config = configOf(loaded.strategy.name, request, definitions);
  const replay = (): PreparedReplay => {
    const made = prepareReplay(config, { data: source.info.digest, code: loaded.digest }, [loaded.strategy]);
    if (!made.ok) throw BacktestError.of(made.error);
    return made.value;
  };
  const { runId, digests } = replay();
  return { runId, request, config, digests, info: source.info, instrumentsInferred: inferred, source, replay, close };
}
