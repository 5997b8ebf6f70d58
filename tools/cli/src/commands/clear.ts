import { signStatement } from '@portcullis/authority';
import { Publisher } from '@portcullis/bus';
import { UserError, wallMicros } from '@portcullis/config';
import {
  type ClearDocument,
  type ClearStatement,
  clearDocumentSchema,
  killScopeOf,
  subjects,
} from '@portcullis/contracts';
import { contentHash } from '@portcullis/kernel';
import { type Command, EXIT, UsageError, textOf, wholeNumberOf } from '../command.ts';
import { readControl, untilControl } from '../control-watch.ts';
import { asOperator, placeOf, placeOptions, placeUsage } from '../place.ts';
import { printResult } from '../print.ts';
import { signerFrom } from '../up/keys.ts';

/** How long a signed clear may be used. */
const VALID_MICROS = 300_000_000;
const STORE_MS_MAX = 10_000;
const SHOW_MS_MAX = 5000;
const SIGNERS_MIN = 2;

export const clear: Command = {
  name: 'clear',
  summary: 'Ends one latch of a kill, with the signatures of two different approvers',
  usage: [
    'usage: portcullis clear SCOPE --epoch N --key FILE --key FILE --reason TEXT',
    '',
    '  SCOPE              scope of the latch, as portcullis status shows it',
    '  --epoch N          epoch of the latch: a newer kill of the same scope stays',
    "  --key FILE         an approver's Ed25519 private key (PEM); two different ones",
    '  --reason TEXT      why trading may go on',
    ...placeUsage,
  ],
  options: {
    ...placeOptions,
    epoch: { type: 'string' },
    key: { type: 'string', multiple: true },
    reason: { type: 'string' },
  },
  positionalsMax: 1,
  async run({ flags, positionals, lists }) {
    const [scope] = positionals;
    const killEpoch = wholeNumberOf(flags, 'epoch', { least: 1, most: Number.MAX_SAFE_INTEGER });
    const reason = textOf(flags, 'reason');
    const keyFiles = lists['key'] ?? [];
    if (scope === undefined || killEpoch === undefined || reason === undefined) {
      throw new UsageError('SCOPE, --epoch and --reason are needed');
    }
    if (killScopeOf(subjects.kill(scope)) !== scope) {
      throw new UsageError(`scope is ${JSON.stringify(scope)}: expected one that portcullis status shows`);
    }
    const signers = keyFiles.map((file) => signerFrom(file, "an approver's key"));
    if (new Set(signers.map(({ keyId }) => keyId)).size < SIGNERS_MIN) {
      throw new UsageError(`--key is needed for ${SIGNERS_MIN} different approvers`);
    }
    const place = placeOf(flags);
    const issuedAt = wallMicros();
    const statement: ClearStatement = {
      version: 1,
      kind: 'clear',
      account: place.account,
      scope,
      killEpoch,
      reason,
      issuedAt,
      expiresAt: issuedAt + VALID_MICROS,
    };
    const document: ClearDocument = clearDocumentSchema.parse({
      version: 1,
      statement,
      signatures: signers.map((signer) => signStatement(signer, statement)),
    });
    const outcome = await asOperator(place, async (bus) => {
      const before = await readControl(bus, place.account);
      const held = before?.latches.find((latch) => latch.scope === scope && latch.epoch === killEpoch);
      if (held === undefined) {
        const latches = before?.latches.map((latch) => `${latch.scope} (epoch ${latch.epoch})`).join(', ') ?? '';
        throw new UserError(
          `account ${place.account} has no latch ${scope} of epoch ${killEpoch}`,
          latches === '' ? 'there is none' : `there are: ${latches}`,
        );
      }
      const stored = await new Publisher(bus).publish(
        { subject: subjects.clearDocument(), body: document, messageId: contentHash(document) },
        { signal: AbortSignal.timeout(STORE_MS_MAX) },
      );
      const after = await untilControl(
        bus,
        place,
        ({ latches }) => !latches.some((latch) => latch.scope === scope && latch.epoch === killEpoch),
        SHOW_MS_MAX,
      );
      return { stored, after };
    });
    const { stored, after } = outcome;
    const result = {
      scope,
      killEpoch,
      seq: stored.seq,
      cleared: after !== undefined,
      tradingState: after?.tradingState ?? null,
      latches: after?.latches.length ?? null,
    };
    printResult(flags, result, [
      after === undefined
        ? `the document is stored as ${stored.stream} ${stored.seq}, but riskd still holds the latch: were these approvers' keys?`
        : `cleared: ${scope}, epoch ${killEpoch}; ${after.latches.length} latches are left`,
    ]);
    return after === undefined ? EXIT.unconfirmed : EXIT.ok;
  },
};
