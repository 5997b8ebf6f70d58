import { type Status, statusSchema } from '@portcullis/contracts';

const PATIENCE_MS = 2000;

/** What observer says, or undefined while it does not answer. Throws when it answers in another shape than the published one. */
export async function readStatus(dashboardUrl: string): Promise<Status | undefined> {
  let body: unknown;
  try {
    const answer = await fetch(new URL('/v1/status', dashboardUrl), { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) return undefined;
    body = await answer.json();
  } catch {
    return undefined;
  }
  return statusSchema.parse(body);
}

/** Whether a service says that it can do its work. */
export async function isReady(port: number, path = '/health/ready'): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(PATIENCE_MS) })).ok;
  } catch {
    return false;
  }
}
