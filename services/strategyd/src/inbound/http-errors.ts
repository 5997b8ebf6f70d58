import { HttpException } from '@nestjs/common';
import { BacktestError } from '@portcullis/backtests';
import type { InputError } from '@portcullis/kernel';
import type { z } from 'zod';
import { Refusal } from '../state/lab.ts';

/** What is wrong with a request, field by field: `{error, fields: [{field, value, expected}]}`. */
export function refuse(status: number, error: string, fields: readonly InputError[] = []): never {
  throw new HttpException(fields.length === 0 ? { error } : { error, fields }, status);
}

/** Turns what the lab refuses into the answer that says so. */
export async function answering<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refusal) refuse(error.status, error.message);
    if (error instanceof BacktestError) refuse(error.trouble === 'input' ? 400 : 500, error.message, error.inputs);
    throw error;
  }
}

/** The body as its schema has it, or a 400 that names every field that is wrong. */
export function parsed<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const fields = result.error.issues.flatMap((issue) => complaints(issue, body));
  return refuse(
    400,
    fields.map(({ field, value, expected }) => `${field} is ${value}, expected ${expected}`).join('; '),
    fields,
  );
}

function complaints(issue: z.core.$ZodIssue, body: unknown): InputError[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: [...path, key].join('.'), value: 'present', expected: 'no such field' }));
  }
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined | null)?.[key], body);
  const shown = value === undefined ? '(absent)' : JSON.stringify(value).slice(0, 80);
  const expected = issue.message.replace(/^Invalid (input|option): expected /, '');
  return [{ field: path.join('.') || 'body', value: shown, expected }];
}
