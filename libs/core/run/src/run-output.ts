import type { CancelRequest, OrderIntent } from '@portcullis/contracts';

/** What the shell does after a step, in this order. Logs are no decisions: the decision hash leaves them out. */
export type RunOutput =
  | { readonly type: 'intent'; readonly intent: OrderIntent }
  | { readonly type: 'cancel'; readonly cancel: CancelRequest }
  | { readonly type: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly message: string };
