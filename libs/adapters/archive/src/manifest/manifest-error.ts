/** A manifest that cannot be trusted: names the object and the field. Nothing is read or written on its word. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  readonly key: string;
  /** Dotted path of the field (`files.0.sha256`); empty where the whole object is meant. */
  readonly field: string;

  constructor(key: string, field: string, reason: string) {
    super(`manifest ${key}${field === '' ? '' : `, field ${field}`}: ${reason}`);
    this.key = key;
    this.field = field;
  }
}
