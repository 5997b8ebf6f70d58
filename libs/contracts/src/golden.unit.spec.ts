import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { alertSchema } from './messages/alert.ts';
import { cancelRequestSchema } from './messages/cancel-request.ts';
import { clearDocumentSchema } from './messages/clear-document.ts';
import { controlStateSchema } from './messages/control-state.ts';
import { deadLetterSchema } from './messages/dead-letter.ts';
import { heartbeatSchema } from './messages/heartbeat.ts';
import { killRequestSchema } from './messages/kill-request.ts';
import { MARKET_KINDS, marketEventSchema } from './messages/market.ts';
import { orderEventSchema } from './messages/order-event.ts';
import { orderIntentSchema } from './messages/order-intent.ts';
import { reconSnapshotSchema } from './messages/recon-snapshot.ts';
import { signedVerdictSchema } from './messages/risk-verdict.ts';
import { signedPermitSchema } from './messages/trade-permit.ts';
import { runCancelSchema } from './messages/run-cancel.ts';
import { runProgressSchema } from './messages/run-progress.ts';
import { runRequestSchema } from './messages/run-request.ts';
import { venueOrderSchema } from './messages/venue-order.ts';
import { killScopeOf, subjects } from './subjects.ts';

/** What version 1 looked like when it was first published: it must be readable for ever. */
const schemas: Readonly<Record<string, z.ZodType>> = {
  alert: alertSchema,
  'cancel-request': cancelRequestSchema,
  'clear-document': clearDocumentSchema,
  'control-state': controlStateSchema,
  'dead-letter': deadLetterSchema,
  heartbeat: heartbeatSchema,
  'kill-request': killRequestSchema,
  market: marketEventSchema,
  'order-event': orderEventSchema,
  'order-intent': orderIntentSchema,
  'recon-snapshot': reconSnapshotSchema,
  'risk-verdict': signedVerdictSchema,
  'run-cancel': runCancelSchema,
  'run-progress': runProgressSchema,
  'run-request': runRequestSchema,
  'trade-permit': signedPermitSchema,
  'venue-order': venueOrderSchema,
};
const golden = new URL('../golden/v1/', import.meta.url);
const examples = (name: string): Record<string, unknown>[] =>
  JSON.parse(readFileSync(new URL(`${name}.json`, golden), 'utf8')) as Record<string, unknown>[];

describe('golden messages of version 1', () => {
  test('every message file has one', () => {
    const messages = readdirSync(new URL('messages/', import.meta.url)).map((file) => file.replace('.ts', ''));
    expect(Object.keys(schemas).sort()).toEqual(messages.sort());
  });

  test.each(Object.keys(schemas))('%s still parses to exactly what was written', (name) => {
    for (const example of examples(name)) expect(schemas[name]?.parse(example)).toEqual(example);
  });

  test.each(Object.keys(schemas).filter((name) => name !== 'kill-request'))(
    '%s refuses an unknown member, another version and a missing member',
    (name) => {
      for (const example of examples(name)) {
        const refuses = (value: unknown): boolean => schemas[name]?.safeParse(value).success === false;
        expect(refuses({ ...example, surprise: 1 })).toBe(true);
        if ('version' in example) expect(refuses({ ...example, version: 2 })).toBe(true);
        const [first] = Object.keys(example);
        expect(refuses(Object.fromEntries(Object.entries(example).filter(([key]) => key !== first)))).toBe(true);
      }
    },
  );

  test('every kind of market event and of order event has an example', () => {
    expect(new Set(examples('market').map(({ kind }) => kind))).toEqual(new Set<string>(MARKET_KINDS));
    expect(examples('order-event').map(({ type }) => type)).toEqual([
      'submitted',
      'accepted',
      'fill',
      'canceled',
      'expired',
      'rejected',
      'unresolved',
      'lapsed',
    ]);
  });
});

describe('kill scopes', () => {
  test.each(['all', 'venue.v', 'account.main', 'strategy.s', 'run.r-1', 'instrument.v.BTCUSDT'])(
    '%s names itself',
    (scope) => {
      expect(killScopeOf(subjects.kill(scope))).toBe(scope);
    },
  );

  test.each([
    'ctl.kill.',
    'ctl.kill.everything',
    'ctl.kill.run',
    'ctl.kill.run.a.b',
    'ctl.kill.instrument.v',
    'elsewhere',
  ])('%s names nothing known and therefore everything', (subject) => {
    expect(killScopeOf(subject)).toBe('all');
  });
});
