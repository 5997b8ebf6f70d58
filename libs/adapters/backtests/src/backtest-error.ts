import { describeInputError, type InputError } from '@portcullis/kernel';

export type BacktestTrouble =
  /** The request cannot be meant. */
  | 'input'
  /** A snapshot of other data, configuration or code. */
  | 'other-run'
  /** The strategy did not come back within its time. */
  | 'time-budget'
  /** The worker needed more memory than it may have. */
  | 'memory'
  /** The worker ended for another reason. */
  | 'crash'
  | 'cancelled';

/** A backtest that cannot be made or go on; `inputs` has each field that is wrong. */
export class BacktestError extends Error {
  override readonly name = 'BacktestError';
  readonly trouble: BacktestTrouble;
  readonly inputs: readonly InputError[];

  constructor(
    trouble: BacktestTrouble,
    message: string,
    options: ErrorOptions & { inputs?: readonly InputError[] } = {},
  ) {
    super(message, options);
    this.trouble = trouble;
    this.inputs = options.inputs ?? [];
  }

  static of(...inputs: readonly InputError[]): BacktestError {
    return new BacktestError('input', inputs.map(describeInputError).join('; '), { inputs });
  }
}
