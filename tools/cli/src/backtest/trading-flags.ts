import type { BacktestRequestInput } from '@portcullis/backtests';
import { type Flags, UsageError, textOf } from '../command.ts';
import { jsonFile } from './json-file.ts';

const BPS_DIGITS = 4;
const RATE_DIGITS_MAX = 8;
const UNITS = { us: 1, ms: 1_000, s: 1_000_000 } as const;
const LATENCIES = ['feed', 'order', 'cancel', 'answer', 'jitter'] as const;

/** `--fees`: one rate in basis points, `maker/taker`, or a file of tiers. */
export function feesOf(flags: Flags): BacktestRequestInput['fees'] {
  const text = textOf(flags, 'fees');
  if (text === undefined) return undefined;
  const [maker, taker, ...more] = text.split('/');
  if (more.length === 0 && maker !== undefined && isBps(maker) && (taker === undefined || isBps(taker))) {
    return [{ volumeFrom: '0', maker: rateOfBps(maker), taker: rateOfBps(taker ?? maker) }];
  }
  if (!/[./]/.test(text) || /^-?[\d.]+$/.test(text)) {
    throw new UsageError(
      `--fees is ${JSON.stringify(text)}: expected basis points (10), maker/taker (2/5) or a JSON file`,
    );
  }
  return jsonFile(flags, 'fees') as BacktestRequestInput['fees'];
}

function isBps(text: string): boolean {
  return new RegExp(`^-?\\d{1,4}(\\.\\d{1,${RATE_DIGITS_MAX - BPS_DIGITS}})?$`).test(text);
}

/** `7.5` → `0.00075`. */
function rateOfBps(text: string): string {
  const sign = text.startsWith('-') ? '-' : '';
  const [whole = '0', part = ''] = text.replace('-', '').split('.');
  const digits = whole.padStart(BPS_DIGITS + 1, '0');
  const fraction = `${digits.slice(-BPS_DIGITS)}${part}`.replace(/0+$/, '');
  return fraction === '' ? '0' : `${sign}0.${fraction}`;
}

/** `--slippage`. */
export function slippageOf(flags: Flags): BacktestRequestInput['slippage'] {
  const text = textOf(flags, 'slippage');
  if (text === undefined) return undefined;
  if (text === 'none') return { kind: 'none' };
  const [, kind, amount] = /^(bps|ticks|sqrt)=(\d{1,7})$/.exec(text) ?? [];
  if (kind === 'bps') return { kind: 'basis-points', basisPoints: Number(amount) };
  if (kind === 'ticks') return { kind: 'ticks', ticks: Number(amount) };
  if (kind === 'sqrt') return { kind: 'square-root', coefficientBps: Number(amount) };
  throw new UsageError(`--slippage is ${JSON.stringify(text)}: expected none, bps=5, ticks=2 or sqrt=10`);
}

/** `--latency`. */
export function latencyOf(flags: Flags): BacktestRequestInput['latency'] {
  const text = textOf(flags, 'latency');
  if (text === undefined) return undefined;
  const found: Record<string, number> = {};
  for (const part of text.split(',')) {
    const [, name, amount, unit] = /^(\w+)=(\d{1,9})(us|ms|s)$/.exec(part.trim()) ?? [];
    if (name === undefined || !LATENCIES.some((one) => one === name)) {
      throw new UsageError(
        `--latency is ${JSON.stringify(text)}: expected such as feed=1ms,order=500us, of ${LATENCIES.join(', ')}`,
      );
    }
    found[`${name}Micros`] = Number(amount) * UNITS[unit as keyof typeof UNITS];
  }
  return found;
}

/** `--leverage`: what has to back a position, half of which has to be left to keep it. */
export function marginOf(flags: Flags): Pick<BacktestRequestInput, 'initialMargin' | 'maintenanceMargin'> {
  const text = textOf(flags, 'leverage');
  if (text === undefined) return {};
  const leverage = /^\d{1,3}(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (leverage < 1 || leverage > 200) {
    throw new UsageError(`--leverage is ${JSON.stringify(text)}: expected a number from 1 to 200`);
  }
  if (textOf(flags, 'contract') !== 'linear') throw new UsageError('--leverage is for --contract linear');
  const share = (part: number): string => String(Number(part.toFixed(6)));
  return { initialMargin: share(1 / leverage), maintenanceMargin: share(0.5 / leverage) };
}
