/** Levels for which a side has room at first; it doubles when they are not enough. */
const CAPACITY_FIRST = 256;
/** How far from its place an emptied slot is looked for when a level is put in. */
const REACH = 24;

/**
 * One side of a book: two parallel typed arrays sorted from the worst price to the best. A level that goes leaves an
 * emptied slot (quantity 0) in place, which the next level there takes over: most levels of a real book come and go
 * around the same prices, so that hardly anything has to be moved. Changes of one delta are sorted, therefore a price is
 * looked for from where the one before it was.
 */
export class ScaledSide {
  /** 1 for bids, -1 for asks: a better price times the sign is higher. */
  readonly #sign: number;
  /** Prices times the sign, ascending from `#start` to `#end`, emptied slots among them. */
  #keys = new Float64Array(CAPACITY_FIRST);
  #quantities = new Float64Array(CAPACITY_FIRST);
  #start = 0;
  /** The slot before it is never an emptied one. */
  #end = 0;
  #size = 0;
  #finger = 0;

  constructor(side: 'buy' | 'sell') {
    this.#sign = side === 'buy' ? 1 : -1;
  }

  /** Levels in it. */
  get size(): number {
    return this.#size;
  }

  /** The best price; NaN when the side is empty. */
  get bestPrice(): number {
    return this.#size === 0 ? NaN : (this.#keys[this.#end - 1] as number) * this.#sign;
  }

  get bestQuantity(): number {
    return this.#size === 0 ? NaN : (this.#quantities[this.#end - 1] as number);
  }

  clear(): void {
    this.#start = 0;
    this.#end = 0;
    this.#size = 0;
    this.#finger = 0;
  }

  /** Sets the quantity at a price; zero removes the level. */
  set(price: number, quantity: number): void {
    const key = price * this.#sign;
    const at = this.#find(key);
    this.#finger = at;
    if (at < this.#end && this.#keys[at] === key) {
      const before = this.#quantities[at] as number;
      this.#quantities[at] = quantity;
      if (quantity === 0) {
        if (before !== 0) this.#emptied(at);
      } else if (before === 0) this.#size += 1;
    } else if (quantity !== 0) this.#insert(at, key, quantity);
  }

  /** Drops the worst levels until `count` are left. */
  keepBest(count: number): void {
    while (this.#size > count) {
      if (this.#quantities[this.#start] !== 0) this.#size -= 1;
      this.#start += 1;
    }
    if (this.#size === 0) this.clear();
  }

  /** Multiplies every price and quantity; false, with nothing changed, when one would leave the safe integers. */
  multiply(priceFactor: number, quantityFactor: number): boolean {
    this.#compact();
    for (let at = 0; at < this.#end; at++) {
      if (Math.abs(this.#keys[at] as number) * priceFactor > Number.MAX_SAFE_INTEGER) return false;
      if ((this.#quantities[at] as number) * quantityFactor > Number.MAX_SAFE_INTEGER) return false;
    }
    for (let at = 0; at < this.#end; at++) {
      this.#keys[at] = (this.#keys[at] as number) * priceFactor;
      this.#quantities[at] = (this.#quantities[at] as number) * quantityFactor;
    }
    return true;
  }

  /** At most `count` levels as price, quantity, price, quantity…, best first, into `out` from its start. */
  flat(count: number, out: number[] = []): number[] {
    const length = 2 * Math.min(count, this.#size);
    for (let at = this.#end - 1, to = 0; to < length; at--) {
      const quantity = this.#quantities[at] as number;
      if (quantity === 0) continue;
      out[to] = (this.#keys[at] as number) * this.#sign;
      out[to + 1] = quantity;
      to += 2;
    }
    if (out.length > length) out.length = length;
    return out;
  }

  /** The first slot whose key is not below the wanted one, looked for from the finger in growing steps. */
  #find(wanted: number): number {
    const keys = this.#keys;
    const start = this.#start;
    const end = this.#end;
    let low = start;
    let high = end;
    const finger = this.#finger;
    if (finger >= start && finger < end) {
      let step = 1;
      if ((keys[finger] as number) < wanted) {
        low = finger + 1;
        for (let at = low; at < end; at += step) {
          if ((keys[at] as number) >= wanted) {
            high = at;
            break;
          }
          low = at + 1;
          step *= 2;
        }
      } else {
        high = finger;
        for (let at = finger - 1; at >= start; at -= step) {
          if ((keys[at] as number) < wanted) {
            low = at + 1;
            break;
          }
          high = at;
          step *= 2;
        }
      }
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((keys[middle] as number) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #emptied(at: number): void {
    this.#size -= 1;
    if (this.#size === 0) this.clear();
    else if (at === this.#end - 1) {
      while (this.#quantities[this.#end - 1] === 0) this.#end -= 1;
    }
  }

  #insert(at: number, key: number, quantity: number): void {
    this.#size += 1;
    if (at === this.#end) return this.#append(key, quantity);
    const quantities = this.#quantities;
    if (quantities[at] === 0) return this.#put(at, key, quantity);
    if (at > this.#start && quantities[at - 1] === 0) return this.#put(at - 1, key, quantity);
    if (at === this.#start && at > 0) {
      this.#start -= 1;
      return this.#put(at - 1, key, quantity);
    }
    const far = Math.min(this.#end, at + REACH);
    for (let free = at + 1; free < far; free++) {
      if (quantities[free] !== 0) continue;
      this.#shiftUp(at, free);
      return this.#put(at, key, quantity);
    }
    const near = Math.max(this.#start, at - REACH);
    for (let free = at - 2; free >= near; free--) {
      if (quantities[free] !== 0) continue;
      this.#shiftDown(free, at - 1);
      return this.#put(at - 1, key, quantity);
    }
    this.#makeRoom(at, key, quantity);
  }

  /** There is no emptied slot near: everything that is better moves. */
  #makeRoom(at: number, key: number, quantity: number): void {
    if (this.#end === this.#keys.length) {
      this.#grow();
      // Without emptied slots the place is another; the key is not there, so this finds where it belongs.
      this.#finger = this.#start;
      at = this.#find(key);
    }
    const moved = this.#end - at;
    if (moved > REACH) {
      this.#keys.copyWithin(at + 1, at, this.#end);
      this.#quantities.copyWithin(at + 1, at, this.#end);
    } else this.#shiftUp(at, this.#end);
    this.#end += 1;
    this.#put(at, key, quantity);
  }

  #append(key: number, quantity: number): void {
    if (this.#end === this.#keys.length) this.#grow();
    this.#end += 1;
    this.#put(this.#end - 1, key, quantity);
  }

  #put(at: number, key: number, quantity: number): void {
    this.#keys[at] = key;
    this.#quantities[at] = quantity;
    this.#finger = at;
  }

  /** Moves the slots from `at` on one up, over the one that is free. */
  #shiftUp(at: number, free: number): void {
    const keys = this.#keys;
    const quantities = this.#quantities;
    for (let to = free; to > at; to--) {
      keys[to] = keys[to - 1] as number;
      quantities[to] = quantities[to - 1] as number;
    }
  }

  /** Moves the slots up to `at` one down, over the one that is free. */
  #shiftDown(free: number, at: number): void {
    const keys = this.#keys;
    const quantities = this.#quantities;
    for (let to = free; to < at; to++) {
      keys[to] = keys[to + 1] as number;
      quantities[to] = quantities[to + 1] as number;
    }
  }

  /** Makes room at the end, by taking the emptied slots out where they are many. */
  #grow(): void {
    this.#compact();
    if (this.#end * 4 <= this.#keys.length * 3) return;
    const keys = new Float64Array(this.#keys.length * 2);
    const quantities = new Float64Array(keys.length);
    keys.set(this.#keys);
    quantities.set(this.#quantities);
    this.#keys = keys;
    this.#quantities = quantities;
  }

  #compact(): void {
    const keys = this.#keys;
    const quantities = this.#quantities;
    let to = 0;
    for (let at = this.#start; at < this.#end; at++) {
      const quantity = quantities[at] as number;
      if (quantity === 0) continue;
      keys[to] = keys[at] as number;
      quantities[to] = quantity;
      to += 1;
    }
    this.#start = 0;
    this.#end = to;
    this.#finger = 0;
  }
}
