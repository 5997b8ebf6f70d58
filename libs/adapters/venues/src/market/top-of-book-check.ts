import type { ScaledBook, ScaledDelta, ScaledEvent, ScaledQuote, TopOfBook } from '@portcullis/market';

/** Tops and quotes that wait to be compared, of one instrument; more means that no quotes come, and the oldest go. */
const WAITING_MAX = 100_000;

interface Compared extends TopOfBook {
  readonly sequence: number;
  readonly priceScale: number;
  readonly quantityScale: number;
}

interface Waiting {
  tops: Compared[];
  quotes: ScaledQuote[];
}

/**
 * The built-in check of venues that number their best quotes like their book updates (Binance): after each delta the
 * best bid and ask with their quantities equal the last quote whose number is at or below the delta's. A quote may reach
 * us before or after the delta that it belongs to, so a delta is judged once a later quote is here, and the last ones
 * never. Quotes up to the snapshot's number are about the book before it, and quotes without a number say nothing about
 * which state of the book they belong to; both are left out. To be complete it wants also the quotes from before the
 * book was whole (`quotesNeedBook: false`).
 */
export class TopOfBookCheck {
  readonly #waiting = new Map<string, Waiting>();
  #checked = 0;
  #equal = 0;

  /** Deltas that were judged. */
  get checked(): number {
    return this.#checked;
  }

  /** Those of them after which the book agreed. */
  get equal(): number {
    return this.#equal;
  }

  /** To be called for each event with the book in the state after it (undefined while it is not whole). */
  observe(event: ScaledEvent, book: ScaledBook | undefined): void {
    if (event.kind === 'quote' && event.sequence > 0) this.#quote(event);
    else if (event.kind === 'delta' && book !== undefined) this.#delta(event, book);
    else if (event.kind === 'snapshot') {
      const waiting = this.#of(event.symbol);
      waiting.quotes = waiting.quotes.filter(({ sequence }) => sequence > event.sequence);
    }
  }

  #of(symbol: string): Waiting {
    let waiting = this.#waiting.get(symbol);
    if (waiting === undefined) {
      waiting = { tops: [], quotes: [] };
      this.#waiting.set(symbol, waiting);
    }
    return waiting;
  }

  #quote(quote: ScaledQuote): void {
    const waiting = this.#of(quote.symbol);
    waiting.quotes.push(quote);
    const [first] = waiting.tops;
    if (first !== undefined && quote.sequence > first.sequence) this.#settle(waiting, quote.sequence);
    if (waiting.quotes.length > WAITING_MAX) waiting.quotes.splice(0, WAITING_MAX / 2);
  }

  #delta({ symbol, lastSequence }: ScaledDelta, book: ScaledBook): void {
    const waiting = this.#of(symbol);
    const { priceScale, quantityScale } = book;
    const top = book.top() ?? { bidPrice: -1, bidQuantity: -1, askPrice: -1, askQuantity: -1 };
    waiting.tops.push({ sequence: lastSequence, priceScale, quantityScale, ...top });
    if (waiting.tops.length > WAITING_MAX) waiting.tops.splice(0, WAITING_MAX / 2);
  }

  /** Compares the tops of which every quote up to theirs is here. */
  #settle(waiting: Waiting, before: number): void {
    const { tops, quotes } = waiting;
    let at = 0;
    let settled = 0;
    for (const top of tops) {
      if (top.sequence >= before) break;
      settled += 1;
      while (at + 1 < quotes.length && (quotes[at + 1] as ScaledQuote).sequence <= top.sequence) at += 1;
      const quote = quotes[at];
      if (quote === undefined || quote.sequence > top.sequence) continue;
      this.#checked += 1;
      if (isSame(quote, top)) this.#equal += 1;
    }
    waiting.tops = tops.slice(settled);
    waiting.quotes = quotes.slice(at);
  }
}

function isSame(a: Compared, b: Compared): boolean {
  const price = 10 ** (b.priceScale - a.priceScale);
  const quantity = 10 ** (b.quantityScale - a.quantityScale);
  return (
    sameAt(a.bidPrice, b.bidPrice, price) &&
    sameAt(a.askPrice, b.askPrice, price) &&
    sameAt(a.bidQuantity, b.bidQuantity, quantity) &&
    sameAt(a.askQuantity, b.askQuantity, quantity)
  );
}

/** Whether `a` × `factor` is `b`; a factor below one is turned round, because only whole powers of ten are exact. */
function sameAt(a: number, b: number, factor: number): boolean {
  return factor >= 1 ? a * factor === b : a === b * Math.round(1 / factor);
}
