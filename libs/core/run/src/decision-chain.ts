import { sha256Hex } from '@portcullis/kernel';
import { BLOCK_INPUTS, InputBlock, type InputBlockSnapshot } from './input-block.ts';
import type { KernelInput } from './kernel-input.ts';
import type { KernelOutput } from './kernel-output.ts';

export interface DecisionChainSnapshot {
  readonly link: string;
  readonly block: InputBlockSnapshot;
  readonly decisions: string;
}

/**
 * The running digest of a run: every input and every decision with the index of the input that caused it, chained by
 * blocks of inputs (ADR 11). Logs are no decisions.
 */
export class DecisionChain {
  #link: string;
  readonly #block = new InputBlock();
  #decisions = '';

  /** `genesis`: digest of the configuration. */
  constructor(genesis: string) {
    this.#link = sha256Hex(`portcullis decisions 2\n${genesis}`);
  }

  input(at: number, input: KernelInput): void {
    if (this.#block.inputs === BLOCK_INPUTS) this.#close();
    this.#block.add(at, input);
  }

  output(index: number, output: KernelOutput): void {
    if (output.kind !== 'log') this.#decisions += decisionLine(index, output);
  }

  /** The decision hash of everything so far. */
  get hash(): string {
    return this.#block.digest(this.#link, this.#decisions);
  }

  #close(): void {
    this.#link = this.hash;
    this.#block.clear();
    this.#decisions = '';
  }

  snapshot(): DecisionChainSnapshot {
    return { link: this.#link, block: this.#block.snapshot(), decisions: this.#decisions };
  }

  restore({ link, block, decisions }: DecisionChainSnapshot): void {
    this.#link = link;
    this.#block.restore(block);
    this.#decisions = decisions;
  }
}

/** One decision in canonical form. */
function decisionLine(index: number, output: Exclude<KernelOutput, { kind: 'log' }>): string {
  if (output.kind === 'cancel') return `${index} cancel ${output.order} ${JSON.stringify(output.reason)}\n`;
  const { order, slot, side, type, timeInForce, postOnly, reduceOnly, quantity, price, reference, expiry } = output;
  const flags = `${postOnly ? 'p' : ''}${reduceOnly ? 'r' : ''}`;
  return `${index} intent ${order} ${slot} ${side} ${type} ${timeInForce} ${flags}: ${quantity} ${price ?? '-'} ${reference ?? '-'} ${expiry}\n`;
}
