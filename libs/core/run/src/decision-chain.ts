import { canonicalJson, sha256Hex } from '@portcullis/kernel';
import type { RunInput } from './run-input.ts';
import type { RunOutput } from './run-output.ts';

/** Inputs that one block digest covers: few enough to find a difference fast, many enough to store a digest of each. */
export const INPUT_BLOCK_LENGTH = 1024;

const GENESIS = '0'.repeat(64);

export interface DecisionChainSnapshot {
  readonly decisions: string;
  readonly block: string;
  readonly blockLength: number;
}

/**
 * The running digest of a run: every decision with the index of the input that caused it, and every input. Inputs are
 * chained within a block, and a full block is folded into the chain of decisions. The journal head inside an intent is
 * left out: it says where the run wrote, not what it decided.
 */
export class DecisionChain {
  #decisions = GENESIS;
  #block = GENESIS;
  #blockLength = 0;

  input(input: RunInput): void {
    this.#block = sha256Hex(`${this.#block}\n${canonicalJson(input)}`);
    this.#blockLength += 1;
  }

  outputs(seq: number, outputs: readonly RunOutput[]): void {
    for (const output of outputs) {
      if (output.type === 'log') continue;
      const decision = output.type === 'intent' ? { ...output.intent, head: undefined } : output.cancel;
      this.#decisions = sha256Hex(`${this.#decisions}\n${seq}\n${output.type}\n${canonicalJson(decision)}`);
    }
    if (this.#blockLength === INPUT_BLOCK_LENGTH) {
      this.#decisions = sha256Hex(`${this.#decisions}\nblock\n${this.#block}`);
      this.#block = GENESIS;
      this.#blockLength = 0;
    }
  }

  /** The decision hash of everything so far. */
  get hash(): string {
    return sha256Hex(`${this.#decisions}\n${this.#block}`);
  }

  snapshot(): DecisionChainSnapshot {
    return { decisions: this.#decisions, block: this.#block, blockLength: this.#blockLength };
  }

  restore(snapshot: DecisionChainSnapshot): void {
    this.#decisions = snapshot.decisions;
    this.#block = snapshot.block;
    this.#blockLength = snapshot.blockLength;
  }
}
