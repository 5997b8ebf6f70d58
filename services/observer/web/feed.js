import { $, el } from './dom.js';
import { clock, count, exact, words } from './format.js';
import { denialOf } from './panels.js';

const ROWS_MAX = 80;
let before = '';

/** Intents with the gate's answer, fills and kills, the newest on top. */
export function showFeed({ entries, orders, status }) {
  const shown = entries.slice(0, ROWS_MAX);
  const rows = shown.map((entry) => ({ key: keyOf(entry), ...rowOf(entry, orders) }));
  const text = JSON.stringify(rows);
  if (text === before) return;
  const isFirst = before === '';
  before = text;
  const known = new Set([...$('feed').children].map((item) => item.dataset.key));
  const items = rows.map((row) => itemOf(row, !isFirst && !known.has(row.key)));
  $('feed').replaceChildren(
    ...(items.length === 0 ? [el('li', { className: 'empty', text: 'No intent yet.' })] : items),
  );
  const { approved = 0, denied = 0 } = status?.counters ?? {};
  $('path-count').textContent = `${count(approved)} approved, ${count(denied)} denied`;
}

function keyOf({ kind, at, verdict, fill }) {
  return `${kind} ${verdict?.verdictId ?? fill?.tradeId ?? at}`;
}

function rowOf({ kind, at, verdict, fill, kill }, orders) {
  if (kind === 'kill')
    return {
      at,
      tone: 'bad',
      what: `kill of ${kill.scope}`,
      code: 'Kill',
      why: `${kill.reason || 'no reason given'}, by ${kill.by}`,
    };
  if (kind === 'fill') {
    const what = `${fill.runId} ${fill.side === 'buy' ? 'bought' : 'sold'} ${exact(fill.quantity)} at ${exact(fill.price)}`;
    return {
      at,
      tone: 'fill',
      what,
      code: 'Filled',
      why: `${fill.liquidity}, fee ${exact(fill.fee)} ${fill.feeCurrency}`,
    };
  }
  const order = orders.get(verdict.intentId);
  const wish =
    order?.side === undefined
      ? 'an order'
      : `${order.side} ${exact(order.quantity)}${order.price === undefined ? ` ${order.type}` : ` at ${exact(order.price)}`}`;
  const isApproved = verdict.decision === 'approved';
  const outcome =
    order === undefined || ['APPROVED', 'PENDING', 'DENIED'].includes(order.state)
      ? ''
      : words(order.state).toLowerCase();
  const isBad = order?.state === 'UNRESOLVED' || order?.state === 'REJECTED';
  const tone = isBad ? 'bad' : isApproved ? 'good' : 'no';
  return {
    at,
    tone,
    what: `${verdict.runId} ${wish}`,
    code: isApproved ? 'Approved' : 'Denied',
    why: isApproved ? outcome : denialOf(verdict),
  };
}

function itemOf({ key, at, tone, what, code, why }, isFresh) {
  return el(
    'li',
    { className: isFresh ? 'fresh' : '', data: { key, tone } },
    el('span', { className: 'mark' }),
    el('span', { className: 'what', text: what, title: what }),
    el('time', { text: clock(at) }),
    el('span', { className: 'why' }, el('span', { className: 'code', text: code }), why === '' ? '' : `  ${why}`),
  );
}
