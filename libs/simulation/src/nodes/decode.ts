import { assert } from '@portcullis/kernel';

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { message: string } };
}

/**
 * Reads a message as the transport does. In the simulation only our own services and people write, so a message that
 * does not parse is a defect of its writer, and stops the simulation.
 */
export function decode<T>(schema: Schema<T>, body: string): T {
  const parsed = schema.safeParse(JSON.parse(body));
  if (!parsed.success) {
    assert(false, `a message does not fit its schema: ${parsed.error.message}: ${body.slice(0, 400)}`);
  }
  return parsed.data;
}
