import { ObjectStoreError } from './object-store.ts';

/** Bytes of UTF-8. S3 allows 1,024 with the store's own prefix, which may take up to {@link PREFIX_BYTES_MAX}. */
const KEY_BYTES_MAX = 800;
export const PREFIX_BYTES_MAX = 200;
/** What file systems allow for one name. */
const PART_BYTES_MAX = 255;

/** Folder of a file store's own unfinished and lock files; no key may begin with it, in any kind of store. */
export const OWN_FOLDER = '.portcullis-store';

// Control characters cannot be carried by S3's XML listings.
const CONTROL = /[\u0000-\u001f\u007f]/;

function refuse(what: string, key: string, why: string): never {
  throw new ObjectStoreError(`${what} ${JSON.stringify(key.slice(0, 200))} is refused: ${why}`, {
    trouble: 'refused',
    outcomeKnown: true,
  });
}

function complaintAbout(part: string): string | undefined {
  if (part === '') return 'it has an empty part';
  if (part === '.' || part === '..') return `it has the part '${part}'`;
  return Buffer.byteLength(part) > PART_BYTES_MAX ? `a part is longer than ${PART_BYTES_MAX} bytes` : undefined;
}

function check(what: string, key: string, parts: readonly string[]): void {
  if (!key.isWellFormed()) refuse(what, key, 'it is not well-formed Unicode');
  if (CONTROL.test(key)) refuse(what, key, 'it has a control character');
  if (Buffer.byteLength(key) > KEY_BYTES_MAX) refuse(what, key, `it is longer than ${KEY_BYTES_MAX} bytes`);
  if (parts[0] === OWN_FOLDER) refuse(what, key, `${OWN_FOLDER} is the store's own folder`);
  for (const part of parts) {
    const complaint = complaintAbout(part);
    if (complaint !== undefined) refuse(what, key, complaint);
  }
}

/** Throws `refused` for a key that could leave the store, or that one of the kinds of store cannot hold. */
export function checkKey(key: string): void {
  check('key', key, key.split('/'));
}

/** False for a file or object that no store has put there. */
export function isKey(key: string): boolean {
  try {
    checkKey(key);
    return true;
  } catch {
    return false;
  }
}

/** The same as {@link checkKey} for the beginning of a key, which may be empty and end anywhere. */
export function checkPrefix(prefix: string): void {
  check('prefix', prefix, prefix.split('/').slice(0, -1));
}

/** Also refuses a prefix that does not end where a part ends. */
export function checkFolder(prefix: string): void {
  if (prefix !== '' && !prefix.endsWith('/')) refuse('prefix', prefix, 'the name of a folder ends with /');
  checkPrefix(prefix);
}

/** Order of UTF-8 bytes, which is S3's; JavaScript's own differs beyond U+FFFF. */
export function compareKeys(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
