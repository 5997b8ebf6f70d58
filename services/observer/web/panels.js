import { $, el, setRows, setTerms, setText } from './dom.js';
import { age, clock, count, digitsOf, exact, fixed, signed, toneOf, words } from './format.js';

const ORDER_ROWS_MAX = 120;
/** Which orders each filter shows. */
const FILTERS = {
  All: () => true,
  Working: (order) =>
    ['PENDING', 'APPROVED', 'SUBMITTED', 'ACCEPTED', 'PARTIALLY_FILLED', 'UNRESOLVED'].includes(order.state),
  Filled: (order) => order.filledQuantity !== '0',
  Denied: (order) => order.state === 'DENIED',
  Trouble: (order) => ['UNRESOLVED', 'REJECTED', 'LAPSED'].includes(order.state),
};
const TONES = {
  FILLED: 'good',
  PARTIALLY_FILLED: 'good',
  DENIED: 'no',
  LAPSED: 'no',
  REJECTED: 'bad',
  UNRESOLVED: 'bad',
  ACCEPTED: 'live',
  SUBMITTED: 'live',
  APPROVED: 'live',
  PENDING: 'live',
};
let filter = 'All';

export function prepareFilters(onChange) {
  const show = () => {
    for (const button of $('order-filters').children)
      button.setAttribute('aria-pressed', String(button.textContent === filter));
  };
  for (const name of Object.keys(FILTERS)) {
    const button = el('button', { text: name });
    button.type = 'button';
    button.onclick = () => {
      filter = name;
      show();
      onChange();
    };
    $('order-filters').append(button);
  }
  show();
}

/** The name of the platform's state: a latch over everything counts more than what the limits allow. */
export function stateOf(status) {
  const latches = status.controls.flatMap(({ latches: held }) => held);
  const isKilled = latches.some(({ scope }) => /^(all$|account\.|venue\.)/.test(scope));
  return { name: isKilled ? 'KILLED' : status.tradingState, latches };
}

export function showHeader(status) {
  const { name, latches } = stateOf(status);
  $('state').dataset.state = name;
  setText($('state-name'), name === 'UNKNOWN' ? 'waiting for riskd' : words(name));
  const texts = latches.map(({ scope, reason, by }) => `${scope}: ${reason || 'no reason given'} (${by})`);
  if ([...$('latches').children].map((item) => item.textContent).join('\n') !== texts.join('\n')) {
    $('latches').replaceChildren(...texts.map((text) => el('li', { text, title: text })));
  }
  const { counters, runs } = status;
  const net = runs.map(({ netProfit }) => netProfit);
  setTerms($('totals'), [
    ['Intents', count(counters.intents)],
    ['Approved', count(counters.approved)],
    ['Denied', count(counters.denied)],
    ['Fills', count(counters.fills)],
    ['Net profit', signed(sumOf(net), 2), toneOf(sumOf(net))],
  ]);
}

/** The exact sum of decimal strings. */
function sumOf(texts) {
  const scale = Math.max(0, ...texts.map(digitsOf));
  const total = texts.reduce((sum, text) => {
    const [whole, fraction = ''] = text.replace('-', '').split('.');
    const units = BigInt(whole + fraction.padEnd(scale, '0'));
    return text.startsWith('-') ? sum - units : sum + units;
  }, 0n);
  const digits = (total < 0n ? -total : total).toString().padStart(scale + 1, '0');
  const cut = digits.length - scale;
  return `${total < 0n ? '-' : ''}${digits.slice(0, cut)}${scale > 0 ? `.${digits.slice(cut)}` : ''}`;
}

export function showMarket(market) {
  const digits = Math.max(2, digitsOf(market.bidPrice));
  setText($('price'), market.mid === undefined ? '–' : fixed(market.mid, digits));
  const side = (price, quantity) => (price === undefined ? '–' : `${fixed(price, digits)} × ${exact(quantity)}`);
  setTerms($('quote'), [
    ['Bid', side(market.bidPrice, market.bidQuantity), 'up'],
    ['Ask', side(market.askPrice, market.askQuantity), 'down'],
    ['Last', market.lastPrice === undefined ? '–' : fixed(market.lastPrice, digits)],
  ]);
  $('gap').hidden = market.gap === undefined;
  setText($('gap'), `market data: ${market.gap}`);
}

export function showRuns(runs) {
  setRows(
    $('runs'),
    runs,
    (run) => run.runId,
    (run) => [
      { text: run.runId, title: run.strategy },
      {
        text: `${run.state}, ${run.stage}`,
        className: 'status',
        tone: run.state === 'running' ? 'good' : run.state === 'quarantined' ? 'bad' : 'soft',
      },
      { text: exact(run.position), className: toneOf(run.position), column: 'n' },
      { text: signed(run.realisedProfit, 2), className: toneOf(run.realisedProfit), column: 'n' },
      { text: signed(run.unrealisedProfit, 2), className: toneOf(run.unrealisedProfit), column: 'n' },
      { text: fixed(run.fees, 2), className: 'soft', column: 'n' },
      { text: signed(run.netProfit, 2), className: toneOf(run.netProfit), column: 'n' },
      { text: count(run.fills), column: 'n' },
      { text: count(run.approved), column: 'n' },
      { text: count(run.denied), className: 'soft', column: 'n' },
      { text: run.decisionHash.slice(0, 12), className: 'mono soft', title: run.decisionHash },
    ],
    'No run has been heard of yet.',
  );
}

export function showOrders(orders) {
  const wanted = [...orders.values()].filter(FILTERS[filter]).sort((a, b) => b.createdAt - a.createdAt);
  setRows(
    $('orders'),
    wanted.slice(0, ORDER_ROWS_MAX),
    (order) => order.intentId,
    (order) => [
      { text: clock(order.createdAt), className: 'soft' },
      { text: order.runId },
      { text: order.side ?? '–', className: order.side === 'sell' ? 'down' : 'up' },
      { text: order.quantity === undefined ? '–' : exact(order.quantity), column: 'n' },
      { text: order.price === undefined ? (order.type ?? '–') : exact(order.price), column: 'n' },
      { text: order.filledQuantity === '0' ? '' : exact(order.filledQuantity), column: 'n' },
      { text: order.averagePrice === undefined ? '' : exact(order.averagePrice), column: 'n' },
      { text: words(order.state), className: 'status', tone: TONES[order.state] ?? 'soft' },
      { text: whyOf(order), title: whyOf(order), column: 'reason' },
    ],
    filter === 'All' ? 'No order yet.' : 'No such order.',
  );
}

function whyOf(order) {
  if (order.state === 'DENIED') return denialOf(order.verdict);
  return order.reason;
}

/** `Position exceeded: worst 0.06, limit 0.05`. */
export function denialOf(verdict) {
  const numbers = Object.entries(verdict.detail).map(([name, value]) => `${name} ${value}`);
  return `${words(verdict.code)}${numbers.length === 0 ? '' : `: ${numbers.join(', ')}`}`;
}

const SERVICE_TONES = { ready: 'good', degraded: 'no', starting: 'live', stopping: 'soft' };

export function showServices({ services, counters, recon }) {
  const items = services.map(({ service, state, detail = '', ageMillis }) => {
    const isGone = ageMillis > 5000;
    return el(
      'li',
      {},
      el('span', { className: 'name', text: service }),
      el('span', {
        className: 'status',
        text: isGone ? 'silent' : state,
        data: { tone: isGone ? 'bad' : (SERVICE_TONES[state] ?? 'soft') },
      }),
      el('span', { className: 'detail', text: detail, title: detail }),
      el('span', { className: 'age', text: age(ageMillis) }),
    );
  });
  $('services').replaceChildren(
    ...(items.length === 0 ? [el('li', { className: 'empty', text: 'No heartbeat yet.' })] : items),
  );
  const alarm = (number) => (number > 0 ? 'alarm' : '');
  const [newest] = recon;
  setTerms($('gauges'), [
    ['Market data', count(counters.marketEvents)],
    ['Sent orders', count(counters.submitted)],
    ['Unresolved', count(counters.unresolved), alarm(counters.unresolved)],
    ['Breaks', count(counters.breaks), alarm(counters.breaks)],
    ['Dead letters', count(counters.deadLetters), alarm(counters.deadLetters)],
    ['Alerts', count(counters.alerts), alarm(counters.alerts)],
    ['Unread', count(counters.unread), alarm(counters.unread)],
    ['Reconciled', newest === undefined ? '–' : `${clock(newest.at)}${newest.complete ? '' : ', in part'}`],
  ]);
}
