import { ObjectStoreError, type ObjectTrouble } from '../object-store.ts';

const TROUBLES: Readonly<Record<string, ObjectTrouble>> = {
  ENOENT: 'missing',
  // What should be a folder on the way is an object: then there is nothing below it.
  ENOTDIR: 'missing',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EIO: 'unavailable',
  EBUSY: 'unavailable',
  EMFILE: 'unavailable',
  ENFILE: 'unavailable',
  ENOMEM: 'unavailable',
  EAGAIN: 'unavailable',
  ESTALE: 'unavailable',
  ETIMEDOUT: 'unavailable',
};

/** The code of a system error, `''` for anything else. */
export function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
}

/** What a failed system call means to the caller of a store; errors that are no system errors are our own bugs and pass. */
export function fileTrouble(doing: string, error: unknown, outcomeKnown = true): unknown {
  if (error instanceof ObjectStoreError || codeOf(error) === '') return error;
  const code = codeOf(error);
  return new ObjectStoreError(
    `cannot ${doing}: ${(error as Error).message}`,
    { trouble: TROUBLES[code] ?? 'refused', outcomeKnown },
    { cause: error },
  );
}
