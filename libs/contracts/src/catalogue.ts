import type { z } from 'zod';
import { alertSchema } from './messages/alert.ts';
import { cancelRequestSchema } from './messages/cancel-request.ts';
import { clearDocumentSchema } from './messages/clear-document.ts';
import { controlStateSchema } from './messages/control-state.ts';
import { deadLetterSchema } from './messages/dead-letter.ts';
import { heartbeatSchema } from './messages/heartbeat.ts';
import { killRequestSchema } from './messages/kill-request.ts';
import { marketEventSchema } from './messages/market.ts';
import { orderEventSchema } from './messages/order-event.ts';
import { orderIntentSchema } from './messages/order-intent.ts';
import { reconSnapshotSchema } from './messages/recon-snapshot.ts';
import { signedVerdictSchema } from './messages/risk-verdict.ts';
import { runCancelSchema } from './messages/run-cancel.ts';
import { runProgressSchema } from './messages/run-progress.ts';
import { runRequestSchema } from './messages/run-request.ts';
import { signedPermitSchema } from './messages/trade-permit.ts';

/** Which message travels on which subjects: what the reference is generated from. */
export interface CatalogueEntry {
  readonly name: string;
  readonly subject: string;
  readonly schema: z.ZodType;
  readonly summary: string;
}

export const catalogue: readonly CatalogueEntry[] = [
  {
    name: 'MarketEvent',
    subject: 'md.<kind>.<venue>.<symbol>',
    schema: marketEventSchema,
    summary: 'What happened at a venue, or a hole in what we know of it.',
  },
  {
    name: 'OrderIntent',
    subject: 'intent.<account>.<run>',
    schema: orderIntentSchema,
    summary: 'What a strategy or a person wants.',
  },
  {
    name: 'SignedVerdict',
    subject: 'verdict.<account>.<run>',
    schema: signedVerdictSchema,
    summary: "The gate's signed answer to an intent.",
  },
  {
    name: 'SignedPermit',
    subject: 'permit.<account>',
    schema: signedPermitSchema,
    summary: 'The lease without which the bridge may only cancel.',
  },
  {
    name: 'CancelRequest',
    subject: 'cancel.<account>.<run>',
    schema: cancelRequestSchema,
    summary: 'A wish to cancel; it needs no verdict.',
  },
  {
    name: 'OrderEvent',
    subject: 'order.<account>.<run>',
    schema: orderEventSchema,
    summary: "One step in an order's life, told by the bridge.",
  },
  {
    name: 'ReconSnapshot',
    subject: 'recon.<account>.snapshot',
    schema: reconSnapshotSchema,
    summary: "The venue's report beside our books, with the breaks.",
  },
  {
    name: 'KillRequest',
    subject: 'ctl.kill.<scope>',
    schema: killRequestSchema,
    summary: 'Stop. A body that does not parse kills everything.',
  },
  {
    name: 'ClearDocument',
    subject: 'ctl.doc.clear',
    schema: clearDocumentSchema,
    summary: 'Two signatures that re-arm one latch of one epoch.',
  },
  {
    name: 'ControlState',
    subject: 'ctl.state.<account>',
    schema: controlStateSchema,
    summary: 'Trading state, kill epoch and latches as riskd sees them.',
  },
  {
    name: 'RunRequest',
    subject: 'run.request.<priority>',
    schema: runRequestSchema,
    summary: 'Work for the lab: a backtest, a sweep, a part of one.',
  },
  {
    name: 'RunCancel',
    subject: 'run.cancel.<request>',
    schema: runCancelSchema,
    summary: 'A request is taken back.',
  },
  {
    name: 'RunProgress',
    subject: 'run.progress.<request>',
    schema: runProgressSchema,
    summary: 'Where a request stands.',
  },
  {
    name: 'Heartbeat',
    subject: 'hb.<service>.<instance>',
    schema: heartbeatSchema,
    summary: 'A service is alive, and its state.',
  },
  {
    name: 'DeadLetter',
    subject: 'dead.<service>',
    schema: deadLetterSchema,
    summary: 'A message that nobody could act on, with the reason.',
  },
  { name: 'Alert', subject: 'ops.alert.<name>', schema: alertSchema, summary: 'Something a person should know.' },
];
