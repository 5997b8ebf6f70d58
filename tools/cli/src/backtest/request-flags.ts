import type { BacktestRequestInput } from '@portcullis/backtests';
import { MARKET_KINDS } from '@portcullis/contracts';
import { FILL_MODELS, QUEUE_MODELS } from '@portcullis/fills';
import { ORDERINGS } from '@portcullis/replay';
import { ERROR_POLICIES } from '@portcullis/run';
import { type Flags, type Invocation, UsageError, textOf, wholeNumberOf } from '../command.ts';
import { checkedSymbol, checkedVenue, neededOf, oneOf, timeOf } from '../data/flags.ts';
import { jsonFile } from './json-file.ts';
import { feesOf, latencyOf, marginOf, slippageOf } from './trading-flags.ts';
import type { ParameterTexts } from './parameters.ts';

/** Flags that say what is run, of `backtest`, `sweep` and `replay` alike. */
export const requestOptions = {
  strategy: { type: 'string' },
  param: { type: 'string', multiple: true },
  quantity: { type: 'string' },
  data: { type: 'string' },
  venue: { type: 'string', multiple: true },
  symbol: { type: 'string', multiple: true },
  symbols: { type: 'string' },
  kinds: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  quality: { type: 'string' },
  instruments: { type: 'string' },
  fill: { type: 'string' },
  fees: { type: 'string' },
  'fee-currency': { type: 'string' },
  slippage: { type: 'string' },
  latency: { type: 'string' },
  queue: { type: 'string' },
  participation: { type: 'string' },
  contract: { type: 'string' },
  leverage: { type: 'string' },
  balances: { type: 'string' },
  capital: { type: 'string' },
  currency: { type: 'string' },
  limits: { type: 'string' },
  ordering: { type: 'string' },
  errors: { type: 'string' },
  'errors-max': { type: 'string' },
  seed: { type: 'string' },
} as const;

export const requestUsage = [
  '  --strategy S       a name of the catalogue, or a strategy file: ./mine.ts',
  '  --param K=V        a parameter of the strategy; may be given more than once',
  '  --quantity Q       the parameter `quantity`',
  '  --data URL         the archive: file:///folder, file://./folder or s3://bucket/prefix',
  '  --symbols A,B      only these; also --symbol S and --venue V, more than once',
  '  --kinds A,B        what is replayed: quote, trade, delta, snapshot, bar, mark, funding (what the fill model needs)',
  '  --from T, --to T   events in [from, to): 2021-01-31, 2021-01-31T12:00, or microseconds since 1970',
  '  --quality LEAST    GOOD or DEGRADED: leaves out worse windows of the quality ledger; gaps stand for them',
  '  --instruments FILE rules of the instruments, a JSON array; without it they are inferred from the data',
  `  --fill MODEL       ${FILL_MODELS.join(', ')}`,
  '  --fees F           basis points (10), maker/taker (2/5), 0, or a JSON file of tiers (0)',
  '  --fee-currency C   quote, or received: base when buying (quote)',
  '  --slippage S       none, bps=5, ticks=2 or sqrt=10 (none)',
  '  --latency L        feed=1ms,order=5ms,cancel=5ms,answer=1ms,jitter=500us (0)',
  `  --queue Q          where a resting limit stands: ${QUEUE_MODELS.join(', ')} (back)`,
  '  --participation P  the most of what trades that orders can have: 0.1 (no bound)',
  '  --contract C       spot or linear, a perpetual settled in quote currency (spot)',
  '  --leverage N       of linear contracts, from 1 (1)',
  '  --balances B       USDT=10000,BTC=1 (unlimited)',
  '  --capital C        with unlimited balances, the money that returns are shares of; nothing enforces it (100000)',
  '  --currency C       in which equity is reported (the quote currency of the first instrument)',
  '  --limits FILE      limits of the gate, JSON; without it those of the lab, which are wide',
  `  --ordering O       ${ORDERINGS.join(' or ')}: what becomes of events out of order (${ORDERINGS[0]})`,
  `  --errors POLICY    ${ERROR_POLICIES.join(', ')} (${ERROR_POLICIES[0]}); --errors-max N for SKIP_AND_LOG`,
  '  --seed S           of all that is drawn (0)',
];

/** What flags ask for. The parameters are texts until the strategy says of which type they are. */
export interface FlaggedRequest {
  readonly request: Omit<BacktestRequestInput, 'parameters'>;
  readonly parameters: ParameterTexts;
}

/** Throws {@link UsageError} naming the flag, its value and what is expected. */
export function requestOf({ flags, lists }: Pick<Invocation, 'flags' | 'lists'>): FlaggedRequest {
  const strategy = neededOf(flags, 'strategy', 'a name of the catalogue or a file such as ./mine.ts');
  const fill = oneOf('--fill', neededOf(flags, 'fill', FILL_MODELS.join(', ')), FILL_MODELS);
  const parameters: Record<string, string> = {};
  for (const text of lists['param'] ?? []) {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(`--param is ${JSON.stringify(text)}: expected name=value`);
    }
    if (name in parameters) throw new UsageError(`--param ${name} is given twice: expected it once`);
    parameters[name] = value;
  }
  const quantity = textOf(flags, 'quantity');
  if (quantity !== undefined && 'quantity' in parameters) {
    throw new UsageError('--quantity and --param quantity are both given: expected one of them');
  }
  if (quantity !== undefined) parameters['quantity'] = quantity;
  const request = {
    strategy,
    fill,
    data: dataOf(flags, lists),
    ...optional('instruments', jsonFile(flags, 'instruments')),
    ...optional('limits', jsonFile(flags, 'limits')),
    ...accountOf(flags),
    ...choice(flags, 'queue', QUEUE_MODELS, 'queue'),
    ...choice(flags, 'ordering', ORDERINGS, 'ordering'),
    ...choice(flags, 'errors', ERROR_POLICIES, 'errorPolicy'),
    ...choice(flags, 'fee-currency', ['quote', 'received'] as const, 'feeCurrency'),
    ...choice(flags, 'contract', ['spot', 'linear'] as const, 'contract'),
    ...optional('participation', participationOf(flags)),
    ...optional('errorsMax', wholeNumberOf(flags, 'errors-max', { least: 0, most: 1_000_000 })),
    ...optional('seed', textOf(flags, 'seed')),
    ...optional('fees', feesOf(flags)),
    ...optional('slippage', slippageOf(flags)),
    ...optional('latency', latencyOf(flags)),
    ...marginOf(flags),
  } as Omit<BacktestRequestInput, 'parameters'>;
  return { request, parameters };
}

function dataOf(flags: Flags, lists: Invocation['lists']): BacktestRequestInput['data'] {
  const url = neededOf(flags, 'data', 'the archive, such as file://./data or s3://bucket/prefix');
  const venues = (lists['venue'] ?? []).map(checkedVenue);
  const symbols = [...(lists['symbol'] ?? []), ...namesOf(flags, 'symbols')].map(checkedSymbol);
  const kinds = namesOf(flags, 'kinds').map((name) => oneOf('--kinds', name, MARKET_KINDS));
  const [from, to] = [timeOf(flags, 'from'), timeOf(flags, 'to')];
  if (from !== undefined && to !== undefined && from >= to) {
    throw new UsageError(`--to is ${textOf(flags, 'to') ?? ''}: expected a time after --from`);
  }
  return {
    url,
    ...(venues.length > 0 && { venues }),
    ...(symbols.length > 0 && { symbols }),
    ...(kinds.length > 0 && { kinds }),
    ...optional('from', from),
    ...optional('to', to),
    ...choice(flags, 'quality', ['GOOD', 'DEGRADED'] as const, 'quality'),
  };
}

function namesOf(flags: Flags, name: string): string[] {
  const text = textOf(flags, name);
  return text === undefined ? [] : text.split(',').map((part) => part.trim());
}

function accountOf(flags: Flags): Pick<BacktestRequestInput, 'account'> {
  const currency = textOf(flags, 'currency');
  const text = textOf(flags, 'balances');
  const capital = textOf(flags, 'capital');
  if (currency === undefined && text === undefined && capital === undefined) return {};
  const balances =
    text === undefined || text === 'unlimited'
      ? 'unlimited'
      : Object.fromEntries(
          text.split(',').map((part) => {
            const [, name, amount] = /^([A-Za-z0-9_-]{1,16})=(\d+(?:\.\d+)?)$/.exec(part.trim()) ?? [];
            if (name !== undefined && amount !== undefined) return [name, amount];
            throw new UsageError(
              `--balances is ${JSON.stringify(text)}: expected unlimited, or such as USDT=10000,BTC=1`,
            );
          }),
        );
  return { account: { balances, ...optional('currency', currency), ...optional('capital', capital) } };
}

/** In a request 0 stands for no bound, which nobody who says 0 means. */
function participationOf(flags: Flags): string | undefined {
  const text = textOf(flags, 'participation');
  if (text === undefined || /[1-9]/.test(text)) return text;
  throw new UsageError(
    `--participation is ${JSON.stringify(text)}: expected a fraction above 0 and up to 1, such as 0.1; without it there is no bound`,
  );
}

function optional<N extends string, T>(name: N, value: T | undefined): Partial<Record<N, T>> {
  return value === undefined ? {} : ({ [name]: value } as Record<N, T>);
}

function choice<T extends string, N extends string>(
  flags: Flags,
  flag: string,
  all: readonly T[],
  field: N,
): Partial<Record<N, T>> {
  const text = textOf(flags, flag);
  return text === undefined ? {} : optional(field, oneOf(`--${flag}`, text, all));
}
