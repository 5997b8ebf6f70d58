import { deny } from '../denials.ts';
import { INTENTS_REMEMBERED_MAX } from '../intent-memory.ts';
import type { Rule } from '../rule.ts';

/** An id means one intent for ever (S2). The same intent again never gets here: it gets its old verdict. */
export const duplicateIntent: Rule = {
  name: 'duplicate-intent',
  check({ decidedHash, intentHash, memoryFull }) {
    if (decidedHash !== undefined) return deny('DUPLICATE_INTENT', { decidedHash, intentHash });
    // What could not be remembered could be approved twice.
    if (memoryFull) return deny('GATE_CAPACITY', { limit: String(INTENTS_REMEMBERED_MAX) });
    return undefined;
  },
};
