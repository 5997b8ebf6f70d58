/** What the archive holds cannot be read as its manifests say: names the object and, where it is one, the column. */
export class ArchiveReadError extends Error {
  override readonly name = 'ArchiveReadError';
  /** Key of the object in the store. */
  readonly key: string;
  readonly column: string | undefined;
  /** True where the object is not there. */
  readonly missing: boolean;

  constructor(
    key: string,
    reason: string,
    options: ErrorOptions & { readonly column?: string; readonly missing?: boolean } = {},
  ) {
    super(`${key}${options.column === undefined ? '' : `, column ${options.column}`}: ${reason}`, options);
    this.key = key;
    this.column = options.column;
    this.missing = options.missing ?? false;
  }
}
