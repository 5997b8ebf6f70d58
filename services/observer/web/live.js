/** Orders kept in the page; the oldest goes first. */
const ORDERS_MAX = 400;
const ENTRIES_MAX = 150;
const FILLS_MAX = 400;
const KNOWN_MAX = 2000;
/** Seconds of the price line. */
const SERIES_MAX = 4200;
/** Without a status for so long the picture is old, and says so. */
const SILENCE_MS = 3000;

/**
 * What observer knows, kept current: read whole when the connection opens, then event by event. `onChange` is called at
 * most once a frame, however much arrives.
 */
export class Live {
  status;
  orders = new Map();
  /** Verdicts, fills and kills, the newest first. */
  entries = [];
  fills = [];
  denials = [];
  series = new Map();
  connected = false;
  #onChange;
  #isDue = false;
  #heardAt = 0;
  /** Verdicts and fills that are among the entries: what was read whole comes once more as an event. */
  #known = new Set();
  /** Events that came while everything was being read; undefined when nothing is being read. */
  #waiting;

  constructor(onChange) {
    this.#onChange = onChange;
  }

  start() {
    const source = new EventSource('/v1/events');
    source.onopen = () => void this.#readAll();
    source.onerror = () => this.#set(() => (this.connected = false));
    const on = (kind, take) =>
      source.addEventListener(kind, ({ data }) => {
        const apply = () => take(JSON.parse(data));
        if (this.#waiting === undefined) this.#set(apply);
        else this.#waiting.push(apply);
      });
    on('status', (status) => {
      this.status = status;
      this.connected = true;
      this.#heardAt = performance.now();
      for (const market of status.markets) this.#addPrice(market, status.at);
    });
    on('order', (order) => this.#addOrder(order));
    on('verdict', (verdict) => this.#addVerdict(verdict));
    on('fill', (fill) => this.#addFill(fill));
    on('kill', (kill) => this.#addEntry({ kind: 'kill', at: kill.at, kill }));
    setInterval(() => {
      if (this.connected && performance.now() - this.#heardAt > SILENCE_MS) this.#set(() => (this.connected = false));
    }, 1000);
  }

  async #readAll() {
    this.#waiting = [];
    const read = async (path) => (await fetch(path)).json();
    try {
      const [market, orders, verdicts, fills, control] = await Promise.all([
        read('/v1/market'),
        read(`/v1/orders?limit=${ORDERS_MAX}`),
        read(`/v1/verdicts?limit=${ENTRIES_MAX}`),
        read(`/v1/fills?limit=${FILLS_MAX}`),
        read('/v1/control'),
      ]);
      this.#set(() => this.#replaceAll({ market, orders, verdicts, fills, control }));
    } catch {
      // The event source tries again by itself, and its next opening reads again.
      this.#set(() => (this.connected = false));
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const apply of waiting) this.#set(apply);
  }

  #replaceAll({ market, orders, verdicts, fills, control }) {
    this.series = new Map(market.markets.map(({ instrument, series }) => [instrument, series]));
    this.orders = new Map();
    this.#known = new Set();
    this.entries = [];
    this.fills = [];
    this.denials = [];
    for (const order of orders.orders.reverse()) this.#addOrder(order);
    for (const verdict of verdicts.verdicts.reverse()) this.#addVerdict(verdict);
    for (const fill of fills.fills.reverse()) this.#addFill(fill);
    for (const kill of control.kills.reverse()) this.#addEntry({ kind: 'kill', at: kill.at, kill });
    this.entries.sort((a, b) => b.at - a.at);
  }

  #addPrice({ instrument, mid }, at) {
    if (mid === undefined) return;
    const series = this.series.get(instrument) ?? [];
    this.series.set(instrument, series);
    const time = Math.floor(at / 1_000_000);
    const last = series.at(-1);
    if (last !== undefined && time < last.time) return;
    if (last?.time === time) last.mid = mid;
    else series.push({ time, mid });
    // Ten minutes at a time, because the chart is drawn anew when its beginning moves.
    if (series.length > SERIES_MAX) series.splice(0, 600);
  }

  #addOrder(order) {
    this.orders.delete(order.intentId);
    this.orders.set(order.intentId, order);
    if (this.orders.size > ORDERS_MAX) this.orders.delete(this.orders.keys().next().value);
  }

  #isNew(id) {
    if (this.#known.has(id)) return false;
    this.#known.add(id);
    if (this.#known.size > KNOWN_MAX) this.#known.delete(this.#known.values().next().value);
    return true;
  }

  #addVerdict(verdict) {
    if (!this.#isNew(verdict.verdictId)) return;
    this.#addEntry({ kind: 'verdict', at: verdict.at, verdict });
    if (verdict.decision === 'denied') keep(this.denials, verdict, FILLS_MAX);
  }

  #addFill(fill) {
    if (!this.#isNew(`${fill.intentId} ${fill.tradeId}`)) return;
    keep(this.fills, fill, FILLS_MAX);
    this.#addEntry({ kind: 'fill', at: fill.at, fill });
  }

  #addEntry(entry) {
    this.entries.unshift(entry);
    if (this.entries.length > ENTRIES_MAX) this.entries.pop();
  }

  #set(change) {
    change();
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#onChange(this);
    });
  }
}

function keep(list, item, max) {
  list.push(item);
  if (list.length > max) list.shift();
}
