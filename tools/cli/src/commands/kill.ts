import { userInfo } from 'node:os';
import { PublishAborted, Publisher } from '@portcullis/bus';
import { UserError, wallMicros } from '@portcullis/config';
import { killScopeOf, subjects } from '@portcullis/contracts';
import { derivedId } from '@portcullis/kernel';
import { type Command, EXIT, UsageError, textOf } from '../command.ts';
import { readControl, untilControl } from '../control-watch.ts';
import { parseDuration } from '../duration.ts';
import { asOperator, placeOf, placeOptions, placeUsage } from '../place.ts';
import { printResult } from '../print.ts';

const STORE_MS_MAX = 10_000;

export const kill: Command = {
  name: 'kill',
  summary: 'Stops new risk, cancels working orders and holds until two people sign its end',
  usage: [
    'usage: portcullis kill [SCOPE] [--reason TEXT] [--by NAME] [--wait 5s]',
    '',
    '  SCOPE              all (default), venue.V, account.A, strategy.S, run.R or instrument.V.SYMBOL',
    '  --reason TEXT      what you saw',
    '  --by NAME          who you are (your login name)',
    '  --wait TIME        how long to wait for the latch to show (5s)',
    ...placeUsage,
  ],
  options: { ...placeOptions, reason: { type: 'string' }, by: { type: 'string' }, wait: { type: 'string' } },
  positionalsMax: 1,
  async run({ flags, positionals }) {
    const scope = positionals[0] ?? 'all';
    if (killScopeOf(subjects.kill(scope)) !== scope) {
      throw new UsageError(
        `scope is ${JSON.stringify(scope)}: expected all, venue.V, account.A, strategy.S, run.R or instrument.V.SYMBOL`,
      );
    }
    const waitMs = parseDuration(textOf(flags, 'wait') ?? '5s', '--wait');
    const by = textOf(flags, 'by') ?? userInfo().username;
    const reason = textOf(flags, 'reason') ?? '';
    const place = placeOf(flags);
    const { stored, latch, tradingState } = await asOperator(place, async (bus) => {
      const before = (await readControl(bus, place.account).catch(() => undefined))?.killEpoch ?? 0;
      const at = wallMicros();
      const publication = {
        subject: subjects.kill(scope),
        body: { reason, by, via: 'cli', at },
        messageId: derivedId('kill', scope, reason, by, at),
      };
      const answer = await new Publisher(bus)
        .publish(publication, { signal: AbortSignal.timeout(STORE_MS_MAX) })
        .catch(explainAborted);
      const state = await untilControl(
        bus,
        place,
        ({ killEpoch, latches }) =>
          latches.some((held) => held.epoch > before && (held.scope === scope || held.scope === 'all')) &&
          killEpoch > before,
        waitMs,
      );
      const found = state?.latches.find(
        (held) => held.epoch > before && (held.scope === scope || held.scope === 'all'),
      );
      return { stored: answer, latch: found, tradingState: state?.tradingState };
    });
    const result = {
      scope,
      stored: true,
      stream: stored.stream,
      seq: stored.seq,
      latched: latch !== undefined,
      killEpoch: latch?.epoch ?? null,
      tradingState: tradingState ?? null,
    };
    const shown =
      latch === undefined
        ? 'riskd has not shown its latch yet; the bridge acts on the kill by itself'
        : `latched: ${latch.scope}, epoch ${latch.epoch}`;
    printResult(flags, result, [`kill of ${scope} is stored as ${stored.stream} ${stored.seq}`, shown]);
    return latch === undefined ? EXIT.unconfirmed : EXIT.ok;
  },
};

function explainAborted(cause: unknown): never {
  if (!(cause instanceof PublishAborted)) throw cause;
  throw new UserError(
    `the bus did not confirm the kill within ${STORE_MS_MAX / 1000} s (outcome ${cause.outcome})`,
    "use the bridge's own kill, or stop the bridge",
    { cause },
  );
}
