import { killRequestSchema, killScopeOf } from '@portcullis/contracts';

/** What a message under `ctl.kill` asks for. */
export interface KillNotice {
  readonly scope: string;
  readonly reason: string;
  readonly by: string;
  /** Why the body could not be read, if so: then the kill is of everything. */
  readonly problem?: string;
}

/**
 * Reads a kill. There is no wrong way to ask: a subject or a body that does not parse kills everything, because what
 * its sender wanted to stop is unknown.
 */
export function readKill(subject: string, body: string): KillNotice {
  let problem: string;
  try {
    const parsed = killRequestSchema.safeParse(JSON.parse(body));
    if (parsed.success) {
      return {
        scope: killScopeOf(subject),
        reason: parsed.data.reason ?? 'no reason given',
        by: parsed.data.by ?? 'unknown',
      };
    }
    problem = parsed.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`).join('; ');
  } catch (error) {
    problem = `not JSON: ${(error as Error).message}`;
  }
  return { scope: 'all', reason: `a kill on ${subject} that does not parse`.slice(0, 500), by: 'unknown', problem };
}
