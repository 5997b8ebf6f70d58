import type { ScaledEvent } from '@portcullis/market';
import { ByteReader } from './byte-reader.ts';
import type { Members } from '../../market/frame-members.ts';
import { IdTexts } from './id-texts.ts';
import { type SymbolScales, microsOf } from './symbol-scales.ts';

export type BinanceMarket = 'spot' | 'usdm' | 'coinm';

/** `{"stream":"` */
const OPENING = Buffer.from('{"stream":"');
const STREAM_NAME_MAX = 128;
const STREAMS_MAX = 16_384;
const SLOTS_FIRST = 64;
const QUOTATION_MARK = 34;
const BACKSLASH = 92;
/** Behind the bytes by which a stream is looked up. */
const HASHED_END = OPENING.length + 16;

/** What a frame of one stream consists of besides its numbers, in the order in which the venue writes it. */
interface Layout {
  readonly kind: 'quote' | 'trade' | 'delta';
  readonly hash: number;
  /** Everything up to the first number, from the frame's first byte on. */
  readonly head: Uint8Array;
  readonly parts: readonly Uint8Array[];
  readonly scales: SymbolScales;
}

/**
 * Reads the frequent frames (best quotes, trades, deltas) from their bytes, by the exact layout that the venue gives
 * each of its streams. It knows a stream once the slow path has read a frame of it; a frame that deviates in a single
 * byte, or has more digits than the ones before, is left to the slow path.
 */
export class FastFrames {
  readonly #market: BinanceMarket;
  readonly #reader = new ByteReader();
  readonly #ids = new IdTexts();
  #slots: (Layout | undefined)[] = Array.from({ length: SLOTS_FIRST });
  #known = 0;

  constructor(market: BinanceMarket) {
    this.#market = market;
  }

  /** Adds the frame's event; false, with nothing added, when the frame is left to the slow path. */
  read(bytes: Uint8Array, receivedMicros: number, out: ScaledEvent[]): boolean {
    const layout = this.#layoutOf(bytes);
    if (layout === undefined) return false;
    const reader = this.#reader;
    reader.begin(bytes, 0);
    reader.expect(layout.head);
    if (reader.failed) return false;
    const event =
      layout.kind === 'quote'
        ? this.#quote(layout, receivedMicros)
        : layout.kind === 'trade'
          ? this.#trade(layout)
          : this.#delta(layout);
    if (event === undefined) return false;
    out.push(event);
    return true;
  }

  /** Remembers the stream of a frame that the slow path has read, if it is one of those that are frequent. */
  learn(bytes: Uint8Array, data: Members, scales: SymbolScales): void {
    const nameEnd = nameEndOf(bytes);
    if (nameEnd < 0 || this.#known >= STREAMS_MAX) return;
    const made = partsOf(this.#market, data);
    if (made === undefined) return;
    const { kind, first, parts } = made;
    const head = Buffer.concat([bytes.subarray(0, nameEnd), Buffer.from(`","data":{${first}`)]);
    if (this.#layoutOf(head) !== undefined) return;
    this.#add({ kind, hash: hashOfHead(head), head, parts: parts.map((part) => Buffer.from(part)), scales });
  }

  #add(layout: Layout): void {
    if (2 * this.#known >= this.#slots.length) {
      const old = this.#slots;
      this.#slots = Array.from({ length: old.length * 2 });
      for (const each of old) if (each !== undefined) this.#put(each);
    }
    this.#put(layout);
    this.#known += 1;
  }

  #put(layout: Layout): void {
    const mask = this.#slots.length - 1;
    let slot = layout.hash & mask;
    while (this.#slots[slot] !== undefined) slot = (slot + 1) & mask;
    this.#slots[slot] = layout;
  }

  #layoutOf(bytes: Uint8Array): Layout | undefined {
    if (bytes.length < HASHED_END) return undefined;
    const slots = this.#slots;
    const mask = slots.length - 1;
    const hash = hashOfHead(bytes);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const layout = slots[slot];
      if (layout === undefined || (layout.hash === hash && beginsWith(bytes, layout.head))) return layout;
    }
  }

  #quote({ parts, scales }: Layout, receivedMicros: number): ScaledEvent | undefined {
    const reader = this.#reader;
    const { symbol, price: priceScale, quantity: quantityScale } = scales;
    const sequence = reader.integer();
    reader.expect(parts[0] as Uint8Array);
    const bidPrice = reader.decimal(priceScale);
    reader.expect(parts[1] as Uint8Array);
    const bidQuantity = reader.decimal(quantityScale);
    reader.expect(parts[2] as Uint8Array);
    const askPrice = reader.decimal(priceScale);
    reader.expect(parts[3] as Uint8Array);
    const askQuantity = reader.decimal(quantityScale);
    reader.expect(parts[4] as Uint8Array);
    let tsEvent = receivedMicros;
    if (parts.length > 5) {
      tsEvent = microsOf(reader.integer());
      reader.expect(parts[5] as Uint8Array);
      reader.integer();
      reader.expect(parts[6] as Uint8Array);
    }
    if (!reader.complete || tsEvent < 0) return undefined;
    return {
      kind: 'quote',
      symbol,
      tsEvent,
      tsEventNanos: 0,
      priceScale,
      quantityScale,
      sequence,
      bidPrice,
      bidQuantity,
      askPrice,
      askQuantity,
    };
  }

  #trade({ parts, scales }: Layout): ScaledEvent | undefined {
    const reader = this.#reader;
    const { symbol, price: priceScale, quantity: quantityScale } = scales;
    const isSpot = this.#market === 'spot';
    const eventAt = microsOf(reader.integer());
    reader.expect(parts[0] as Uint8Array);
    let tsEvent = 0;
    if (!isSpot) {
      tsEvent = microsOf(reader.integer());
      reader.expect(parts[1] as Uint8Array);
    }
    const tradeId = reader.integer();
    reader.expect(parts[2] as Uint8Array);
    const price = reader.decimal(priceScale);
    reader.expect(parts[3] as Uint8Array);
    const quantity = reader.decimal(quantityScale);
    reader.expect(parts[4] as Uint8Array);
    if (isSpot) {
      tsEvent = microsOf(reader.integer());
      reader.expect(parts[1] as Uint8Array);
    }
    const buyerWasMaker = reader.boolean();
    reader.expect(parts[5] as Uint8Array);
    if (isSpot) {
      reader.boolean();
      reader.expect(parts[6] as Uint8Array);
    }
    if (!reader.complete || tsEvent < 0 || eventAt < 0 || price === 0) return undefined;
    return {
      kind: 'trade',
      symbol,
      tsEvent,
      tsEventNanos: 0,
      priceScale,
      quantityScale,
      tradeId: this.#ids.text(tradeId),
      price,
      quantity,
      aggressor: buyerWasMaker ? 'sell' : 'buy',
    };
  }

  #delta({ parts, scales }: Layout): ScaledEvent | undefined {
    const reader = this.#reader;
    const { symbol, price: priceScale, quantity: quantityScale } = scales;
    const isSpot = this.#market === 'spot';
    const eventAt = microsOf(reader.integer());
    let tsEvent = eventAt;
    reader.expect(parts[0] as Uint8Array);
    if (!isSpot) {
      tsEvent = microsOf(reader.integer());
      reader.expect(parts[1] as Uint8Array);
    }
    const firstSequence = reader.integer();
    reader.expect(parts[2] as Uint8Array);
    const lastSequence = reader.integer();
    reader.expect(parts[3] as Uint8Array);
    let previousSequence = -1;
    if (!isSpot) {
      previousSequence = reader.integer();
      reader.expect(parts[4] as Uint8Array);
    }
    const bids = reader.levels(priceScale, quantityScale);
    reader.expect(parts[5] as Uint8Array);
    const asks = reader.levels(priceScale, quantityScale);
    reader.expect(parts[6] as Uint8Array);
    if (!reader.complete || tsEvent < 0 || eventAt < 0 || firstSequence > lastSequence) return undefined;
    return {
      kind: 'delta',
      symbol,
      tsEvent,
      tsEventNanos: 0,
      priceScale,
      quantityScale,
      firstSequence,
      lastSequence,
      previousSequence,
      bids,
      asks,
    };
  }
}

/** Mixes sixteen bytes from the beginning of the stream's name on: the symbol, mostly, and what it is about. */
function hashOfHead(bytes: Uint8Array): number {
  const a = word(bytes, OPENING.length);
  const b = word(bytes, OPENING.length + 4);
  const c = word(bytes, OPENING.length + 8);
  const d = word(bytes, OPENING.length + 12);
  const mixed =
    Math.imul(Math.imul(a, 0x9e3779b1) ^ b, 0x85ebca6b) ^ Math.imul(Math.imul(c, 0xc2b2ae35) ^ d, 0x27d4eb2f);
  return (mixed ^ (mixed >>> 15)) & 0x3fffffff;
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function beginsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  if (bytes.length < head.length) return false;
  for (let at = 0; at < head.length; at++) if (bytes[at] !== head[at]) return false;
  return true;
}

/** Where the name of a combined stream ends; -1 when the frame does not begin with a plain one. */
function nameEndOf(bytes: Uint8Array): number {
  if (!beginsWith(bytes, OPENING)) return -1;
  const end = bytes.indexOf(QUOTATION_MARK, OPENING.length);
  if (end < OPENING.length || end > OPENING.length + STREAM_NAME_MAX) return -1;
  // An escaped character would end elsewhere than it seems.
  return bytes.subarray(0, end).includes(BACKSLASH) ? -1 : end;
}

/** The layouts as recorded of spot and both futures markets in 2024. */
function partsOf(
  market: BinanceMarket,
  data: Members,
): { readonly kind: Layout['kind']; readonly first: string; readonly parts: readonly string[] } | undefined {
  const symbol = `"s":${JSON.stringify(data['s'])}`;
  const pair = typeof data['ps'] === 'string' ? `,"ps":${JSON.stringify(data['ps'])}` : '';
  const isSpot = market === 'spot';
  switch (data['e']) {
    case undefined:
    case 'bookTicker': {
      const named = market === 'usdm' ? '"e":"bookTicker","u":' : '"u":';
      const name = market === 'coinm' ? ',"e":"bookTicker"' : '';
      const prices = [`${name},${symbol}${pair},"b":"`, '","B":"', '","a":"', '","A":"'];
      return { kind: 'quote', first: named, parts: isSpot ? [...prices, '"}}'] : [...prices, '","T":', ',"E":', '}}'] };
    }
    case 'trade': {
      const parts = isSpot
        ? [`,${symbol},"t":`, ',"m":', ',"p":"', '","q":"', '","T":', ',"M":', '}}']
        : [',"T":', `,${symbol}${pair},"t":`, ',"p":"', '","q":"', '","X":"MARKET","m":', '}}'];
      return { kind: 'trade', first: '"e":"trade","E":', parts };
    }
    case 'depthUpdate': {
      const [afterTime, afterSequence] = [`,${symbol}${pair},"U":`, ',"u":'];
      const parts = isSpot
        ? [afterTime, '', afterSequence, ',"b":', '', ',"a":', '}}']
        : [',"T":', afterTime, afterSequence, ',"pu":', ',"b":', ',"a":', '}}'];
      return { kind: 'delta', first: '"e":"depthUpdate","E":', parts };
    }
    default:
      return undefined;
  }
}
