import { killRequestSchema, killScopeOf } from '@portcullis/contracts';
import { assert } from '@portcullis/kernel';
import type { Delivery } from '../bus.ts';

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { message: string } };
}

/**
 * Reads a message as the transport does. In the simulation only our own services and people write, so a message that
 * does not parse is a defect of its writer, and stops the simulation.
 */
export function decode<T>(schema: Schema<T>, body: string): T {
  const parsed = schema.safeParse(JSON.parse(body));
  if (!parsed.success) assert(false, `a message does not fit its schema: ${parsed.error.message}: ${body.slice(0, 400)}`);
  return parsed.data;
}

/** A kill from the control stream. One whose body cannot be read is a kill of its scope all the same. */
export function killOf(message: Delivery): { readonly scope: string; readonly reason: string; readonly by: string } {
  const scope = killScopeOf(message.subject);
  const unreadable = { scope: 'all', reason: `unreadable: ${message.body.slice(0, 200)}`, by: 'unknown' };
  try {
    const parsed = killRequestSchema.safeParse(JSON.parse(message.body));
    if (!parsed.success) return unreadable;
    return { scope, reason: parsed.data.reason ?? '', by: parsed.data.by ?? '' };
  } catch {
    return unreadable;
  }
}
