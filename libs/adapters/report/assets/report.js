// Part of the page's one script: see render-report.ts. What the page shows, from top to bottom.
function tiles() {
  const place = byId('tiles');
  const list = [
    ['Return', shown(statistics.totalReturn, 'share'), signed(statistics.totalReturn)],
    ['Realised profit', money(summary.pnl), signed(summary.pnl)],
    ['Sharpe ratio', shown(statistics.sharpe, 'ratio'), ''],
    [
      'Maximum drawdown',
      statistics.maxDrawdown > 0 ? shown(statistics.maxDrawdown, 'share') : money(statistics.maxDrawdownMoney),
      '',
    ],
    ['Round trips', grouped.format(summary.roundTrips), ''],
    ['Fees', money(summary.fees), ''],
    ['Denials', grouped.format(summary.denied), summary.denied > 0 ? 'down' : ''],
    ['State', summary.state, summary.state === 'completed' ? '' : 'down'],
  ];
  for (const [label, value, tone] of list) {
    const tile = element('div', undefined, 'tile');
    tile.append(element('span', label, 'soft'), element('b', value, tone));
    place.append(tile);
  }
}

function statisticsTable() {
  const rows = data.descriptions.map(({ name, label, unit, formula, source }) => {
    const text = element('span', formula);
    text.title = source;
    return [label, shown(statistics[name], unit), text];
  });
  byId('statistics').append(
    table([{ label: 'Statistic' }, { label: 'Value', kind: 'number' }, { label: 'Formula', kind: 'formula' }], rows),
    element(
      'p',
      'Floats, from daily UTC returns; a year has 365 days, the risk-free rate is 0. A dash: it has no value here.',
      'soft',
    ),
  );
  const sources = [...new Set(data.descriptions.map(({ source }) => source))].filter((source) => source !== 'counted');
  byId('statistics').append(element('p', `Sources: ${sources.join('; ')}.`, 'soft'));
}

function denials() {
  const place = byId('denials');
  const codes = Object.entries(summary.denials).sort((a, b) => b[1] - a[1]);
  if (codes.length === 0)
    return empty(place, `The gate judged ${grouped.format(summary.intents)} intents and denied none.`);
  place.append(
    table(
      [{ label: 'Code' }, { label: 'Times', kind: 'number' }],
      codes.map(([code, count]) => [code, grouped.format(count)]),
    ),
  );
  const some = data.denials.shown.slice(0, 5).map(({ at, code, side, quantity, detail }) => [
    time(at),
    `${side} ${quantity}`,
    `${code}: ${Object.entries(detail)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ')}`,
  ]);
  place.append(
    element('p', 'The first of them, with their numbers:', 'soft'),
    table([{ label: 'Time' }, { label: 'Order' }, { label: 'Why' }], some),
  );
}

function quality() {
  const place = byId('quality');
  if (data.quality.length === 0) return empty(place, 'There is no quality ledger for this data.');
  place.append(
    table(
      [
        { label: 'Stream' },
        ...['Good', 'Degraded', 'Bad', 'Unknown', 'Left out'].map((label) => ({ label, kind: 'number' })),
      ],
      data.quality.map((q) => [
        q.stream,
        ...[q.good, q.degraded, q.bad, q.unknown, q.leftOut].map((n) => grouped.format(n)),
      ]),
    ),
  );
  place.append(element('p', 'Windows of 15 minutes.', 'soft'));
}

function digests() {
  const rows = [
    ['decisions', summary.decisionHash],
    ['run', summary.runId],
    ['data', data.digests.data],
    ['code', data.digests.code],
    ['configuration', data.digests.config],
    ['seed', summary.seed],
    ['store', data.dataUrl],
  ];
  byId('digests').append(table([{ label: '' }, { label: '', kind: 'digest' }], rows));
  const counts = [
    ['events', summary.events],
    ['gaps', summary.gaps],
    ['malformed', summary.malformed],
    ['out of order', summary.outOfOrder],
    ['twice', summary.duplicates],
  ];
  byId('digests').append(
    element('p', counts.map(([label, count]) => `${grouped.format(count)} ${label}`).join(' · '), 'soft'),
  );
}

/** What a round trip came to after its fees, as the statistics count it. */
const net = ({ profit, fees }) => Number((Number(profit) - Number(fees)).toPrecision(12));

const PAGE = 25;
function trades() {
  const place = byId('trades');
  const all = data.roundTrips.shown;
  if (all.length === 0) return empty(place, 'No position was opened and closed.');
  const columns = [
    { label: 'Entry', of: (t) => time(t.entryAt), by: (t) => t.entryAt },
    { label: 'Exit', of: (t) => time(t.exitAt), by: (t) => t.exitAt },
    { label: 'Instrument', of: (t) => t.instrument, by: (t) => t.instrument },
    { label: 'Side', of: (t) => t.side, by: (t) => t.side },
    ...[
      ['Quantity', 'quantity'],
      ['Entry price', 'entryPrice'],
      ['Exit price', 'exitPrice'],
      ['Gross', 'profit'],
      ['Fees', 'fees'],
    ].map(([label, key]) => ({ label, kind: 'number', of: (t) => t[key], by: (t) => Number(t[key]) })),
    { label: 'Profit', kind: 'number', of: (t) => element('span', String(net(t)), signed(net(t))), by: net },
  ];
  let [sorted, page, by, down] = [[...all], 0, 0, false];
  const draw = () => {
    const rows = sorted.slice(page * PAGE, page * PAGE + PAGE).map((trip) => columns.map(({ of }) => of(trip)));
    const made = table(columns, rows);
    made.querySelectorAll('th').forEach((cell, at) => {
      const button = element('button', `${columns[at].label}${by === at ? (down ? ' ↓' : ' ↑') : ''}`);
      button.addEventListener('click', () => {
        down = by === at && !down;
        by = at;
        const key = columns[at].by;
        sorted = [...all].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) * (down ? -1 : 1));
        page = 0;
        draw();
      });
      cell.replaceChildren(button);
      cell.setAttribute('aria-sort', by === at ? (down ? 'descending' : 'ascending') : 'none');
    });
    const pager = element('div', undefined, 'pager');
    const move = (label, to) => {
      const button = element('button', label);
      button.disabled = to < 0 || to * PAGE >= all.length;
      button.addEventListener('click', () => {
        page = to;
        draw();
      });
      return button;
    };
    const left = data.roundTrips.total - all.length;
    const more = left > 0 ? ` (${grouped.format(left)} more are in the run's files)` : '';
    pager.append(
      move('Before', page - 1),
      element(
        'span',
        `${page * PAGE + 1} to ${Math.min(all.length, page * PAGE + PAGE)} of ${grouped.format(all.length)}${more}`,
      ),
      move('Next', page + 1),
    );
    place.replaceChildren(made, pager);
  };
  draw();
}

document.title = `${data.title} – Portcullis`;
byId('title').textContent = data.title;
const { execution } = data.config;
byId('subtitle').textContent =
  `${time(summary.from)} to ${time(summary.to)} UTC · fills: ${execution.model} · ${grouped.format(summary.events)} events · made ${time(data.createdAt)} UTC`;
if (summary.failure) byId('subtitle').after(element('p', summary.failure, 'warning'));
tiles();
equityCharts();
priceChart();
statisticsTable();
denials();
monteCarlo();
quality();
digests();
trades();
byId('config').textContent = JSON.stringify(data.config, null, 2);
document.documentElement.dataset.ready = 'true';
