import { BadRequestException } from '@nestjs/common';
import { z } from 'zod';

export const LIST_MAX = 1000;

const limit = z
  .string()
  .regex(/^[1-9][0-9]{0,3}$/, `expected a whole number from 1 to ${LIST_MAX}`)
  .transform(Number)
  .refine((count) => count <= LIST_MAX, `expected a whole number from 1 to ${LIST_MAX}`)
  .default(100);
const STATES = [
  'PENDING',
  'DENIED',
  'APPROVED',
  'SUBMITTED',
  'ACCEPTED',
  'PARTIALLY_FILLED',
  'FILLED',
  'CANCELED',
  'EXPIRED',
  'REJECTED',
  'UNRESOLVED',
  'LAPSED',
] as const;
const run = z.string().max(64).optional();

export const ordersQuerySchema = z.strictObject({ limit, run, state: z.enum(STATES).optional() });
export const listQuerySchema = z.strictObject({ limit });
export const marketQuerySchema = z.strictObject({
  since: z
    .string()
    .regex(/^[0-9]{1,12}$/, 'expected seconds since the epoch')
    .transform(Number)
    .optional(),
});

/** The value, or an answer 400 that names the field, its value and what was expected. */
export function checked<S extends z.ZodType>(schema: S, data: unknown): z.infer<S> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 5).map((issue) => {
    const value = issue.path.reduce<unknown>(
      (at, key) => (at === null || typeof at !== 'object' ? undefined : (at as Record<PropertyKey, unknown>)[key]),
      data,
    );
    const field =
      issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue.path.map(String).join('.') || '(body)';
    return {
      field,
      value: value === undefined ? '(absent)' : (JSON.stringify(value) ?? '').slice(0, 80),
      expected: issue.message,
    };
  });
  const [first] = issues;
  throw new BadRequestException({ error: `${first?.field} is ${first?.value}: ${first?.expected}`, issues });
}
