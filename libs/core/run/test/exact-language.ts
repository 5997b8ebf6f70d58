import { priceTicks, quantityLots } from '@portcullis/kernel';
import type { QuoteInput } from '@portcullis/market';
import { type Strategy, type StrategyHandlers, defineStrategy, z } from '@portcullis/strategy';
import { btcusdtRules } from '@portcullis/testkit/instrument';
import { type KernelInput, type KernelOutput, type KernelSetup, RunKernel } from '../src/index.ts';

export const rules = btcusdtRules({ venue: 'v' });
export const other = btcusdtRules({ venue: 'v', symbol: 'ETHUSDT', base: 'ETH' });
export const START = 1_700_000_000_000_000;

/** A kernel of two instruments; its first error ends it unless `rest` says otherwise. */
export function kernelOf(strategy: Strategy, rest: Partial<KernelSetup> = {}): RunKernel {
  const instance = strategy.create({}, [rules, other]);
  if (!instance.ok) throw new Error(instance.error.expected);
  return new RunKernel({
    ...{ strategy: instance.value, strategyName: strategy.name, instruments: [rules, other], scopes: ['all'] },
    ...{ digest: 'd'.repeat(64), expiryMicros: 1000, errorPolicy: 'FAIL_FAST', errorsMax: 1 },
    ...rest,
  });
}

/** A kernel that has started, of a strategy with these handlers and no state. */
export function started(handlers: StrategyHandlers, rest: Partial<KernelSetup> = {}): RunKernel {
  const kernel = kernelOf(defineStrategy({ name: 'scripted', parameters: z.strictObject({}), ...handlers }), rest);
  kernel.step(START, { kind: 'start' });
  return kernel;
}

export function quote(n: number, rest: Partial<QuoteInput> = {}): QuoteInput {
  return {
    ...{ kind: 'quote', slot: 0, seq: n, tsEvent: START + n, tsInit: START + n, bidPrice: priceTicks(1000) },
    ...{ bidQuantity: quantityLots(1), askPrice: priceTicks(1001), askQuantity: quantityLots(1) },
    ...rest,
  };
}

/** The inputs by which an order comes to work at the venue. */
export function works(kernel: RunKernel, order: number): void {
  const inputs: readonly KernelInput[] = [
    { kind: 'verdict', order, approved: true },
    { kind: 'order', order, status: 'ACCEPTED', reason: '' },
  ];
  for (const input of inputs) kernel.step(START, input);
}

export const intentsIn = (outputs: readonly KernelOutput[]) => outputs.filter((output) => output.kind === 'intent');
