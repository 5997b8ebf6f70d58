import { type Decimal, parseDecimal } from '@portcullis/kernel';
import { Refusal, illegalCharacters } from '../state/refusal.ts';

const DECIMAL_PATTERN = '^([0-9]{1,20})(\\.[0-9]{1,20})?$';
const INTEGER_PATTERN = '^[0-9]{1,20}$';
const CLIENT_ID_PATTERN = '^[a-zA-Z0-9-_]{1,36}$';
/** Digits after the point of an asset (`baseAssetPrecision`, `quoteAssetPrecision`). */
const ASSET_PRECISION = 8;

/** The parameters of a request, wherever they travelled. Each reader refuses as the venue does. */
export class Parameters {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  /** Out of url-encoded text (query and body one after the other). */
  static ofForm(...texts: readonly string[]): Parameters {
    const values = new Map<string, string>();
    for (const text of texts) {
      for (const [name, value] of new URLSearchParams(text)) {
        if (values.has(name)) throw new Refusal('duplicateParameter', name);
        values.set(name, value);
      }
    }
    return new Parameters(values);
  }

  /** Out of the `params` of a websocket request. */
  static ofJson(params: Readonly<Record<string, unknown>>): Parameters {
    const values = new Map<string, string>();
    for (const [name, value] of Object.entries(params)) {
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
        values.set(name, String(value));
      } else if (Array.isArray(value)) values.set(name, JSON.stringify(value));
      else throw new Refusal('missing', name);
    }
    return new Parameters(values);
  }

  /** The text of an optional parameter; undefined when it was not sent or is empty. */
  find(name: string): string | undefined {
    const value = this.#values.get(name);
    return value === '' ? undefined : value;
  }

  text(name: string): string {
    const value = this.find(name);
    if (value === undefined) throw new Refusal('missing', name);
    return value;
  }

  decimal(name: string): Decimal {
    const value = this.text(name);
    if (!new RegExp(DECIMAL_PATTERN).test(value)) throw illegalCharacters(name, DECIMAL_PATTERN);
    const parsed = parseDecimal(value.replace(/^0+(?=[0-9])/, ''), name);
    if (!parsed.ok) throw illegalCharacters(name, DECIMAL_PATTERN);
    if (
      parsed.value.scale > ASSET_PRECISION &&
      (value.split('.')[1] ?? '').replace(/0+$/, '').length > ASSET_PRECISION
    ) {
      throw new Refusal('tooPrecise', name);
    }
    return parsed.value;
  }

  integer(name: string): number | undefined {
    const value = this.find(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!new RegExp(INTEGER_PATTERN).test(value) || !Number.isSafeInteger(number)) {
      throw illegalCharacters(name, INTEGER_PATTERN);
    }
    return number;
  }

  clientOrderId(name: string): string | undefined {
    const value = this.find(name);
    if (value !== undefined && !new RegExp(CLIENT_ID_PATTERN).test(value)) {
      throw illegalCharacters(name, CLIENT_ID_PATTERN);
    }
    return value;
  }

  /** What the ledger keeps: everything as it came, less key and signature. */
  asReceived(): Record<string, string> {
    return Object.fromEntries([...this.#values].filter(([name]) => name !== 'signature' && name !== 'apiKey'));
  }
}
