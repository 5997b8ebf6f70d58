import { resolve } from 'node:path';
import { UserError } from '@portcullis/config';
import { FileStore } from './file/file-store.ts';
import type { ObjectStore } from './object-store.ts';
import { s3Place, type S3Options, withoutCredentials } from './s3/s3-options.ts';
import { S3Store } from './s3/s3-store.ts';

const REMEDY = 'write file:///absolute/folder, file://./folder (from the working directory) or s3://bucket/prefix';

function folderOf(url: string): string {
  const written = url.slice('file://'.length);
  let path: string;
  try {
    path = decodeURIComponent(written);
  } catch (cause) {
    throw new UserError(`${url} is no store: % is not followed by two hexadecimal digits`, 'write a literal % as %25', {
      cause,
    });
  }
  if (path.includes('\0')) throw new UserError(`${url} is no store: it has a NUL character`, REMEDY);
  if (path.startsWith('/') || /^\.\.?(\/|$)/.test(path)) return resolve(path);
  throw new UserError(`${url} is no store: after file:// comes a folder, not the host ${path.split('/')[0]}`, REMEDY);
}

/**
 * The store of a URL: `file:///path` (made at the first put), `file://./path`, or `s3://bucket/prefix`. Nothing is
 * read or connected before the first operation. Throws UserError for anything else.
 */
export function openObjectStore(url: string, options: S3Options = {}): ObjectStore {
  if (url.startsWith('file://')) return new FileStore(folderOf(url));
  if (url.startsWith('s3://')) return new S3Store(s3Place(url, options, process.env));
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0];
  const what = scheme === undefined ? 'it has no scheme' : `${scheme}// is not known`;
  throw new UserError(`${withoutCredentials(url)} is no store: ${what}`, REMEDY);
}
