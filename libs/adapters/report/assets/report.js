(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('data').textContent);
  const { summary, statistics } = data;
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const byId = (id) => document.getElementById(id);
  const element = (tag, text, className) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
  const precise = new Intl.NumberFormat('en', { maximumSignificantDigits: 5 });
  const time = (micros) => new Date(micros / 1000).toISOString().slice(0, 19).replace('T', ' ');
  const currency = data.config.account.currency;
  const money = (value) => `${grouped.format(Number(value))} ${currency}`;
  const duration = (micros) => {
    const minutes = micros / 60e6;
    if (minutes < 1) return `${precise.format(micros / 1e6)} s`;
    if (minutes < 120) return `${precise.format(minutes)} min`;
    return minutes < 2880 ? `${precise.format(minutes / 60)} h` : `${precise.format(minutes / 1440)} d`;
  };
  const shown = (value, unit) => {
    if (value === null || value === undefined) return '–';
    if (unit === 'share') return `${grouped.format(value * 100)} %`;
    if (unit === 'money') return money(value);
    if (unit === 'time') return time(value);
    if (unit === 'duration') return duration(value);
    return unit === 'count' ? grouped.format(value) : precise.format(value);
  };
  const signed = (value) => (Number(value) > 0 ? 'up' : Number(value) < 0 ? 'down' : '');
  const empty = (place, words) => {
    place.classList.add('empty');
    place.textContent = words;
  };

  function table(columns, rows) {
    const made = element('table');
    const head = made.createTHead().insertRow();
    for (const { label, kind = '' } of columns) {
      const cell = element('th', label, kind);
      cell.scope = 'col';
      head.append(cell);
    }
    const body = made.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      row.forEach((value, at) => {
        const cell = line.insertCell();
        cell.className = columns[at].kind ?? '';
        if (value instanceof Node) cell.append(value);
        else cell.textContent = value;
      });
    }
    const scroll = element('div', undefined, 'scroll');
    scroll.append(made);
    return scroll;
  }

  function tiles() {
    const place = byId('tiles');
    const list = [
      ['Return', shown(statistics.totalReturn, 'share'), signed(statistics.totalReturn)],
      ['Profit', money(summary.pnl), signed(summary.pnl)],
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

  const seconds = (micros) => Math.floor(micros / 1e6);
  /** Charts want rising times: of several points in one second the last counts. */
  function rising(points) {
    const made = [];
    for (const point of points) {
      if (made.length > 0 && made[made.length - 1].time >= point.time)
        made[made.length - 1] = { ...point, time: made[made.length - 1].time };
      else made.push(point);
    }
    return made;
  }
  function chartIn(place) {
    return LightweightCharts.createChart(place, {
      autoSize: true,
      layout: {
        background: { color: 'transparent' },
        textColor: css('--soft'),
        fontFamily: css('--mono'),
        attributionLogo: false,
      },
      grid: { vertLines: { color: css('--line') }, horzLines: { color: css('--line') } },
      rightPriceScale: { borderColor: css('--line') },
      timeScale: { borderColor: css('--line'), timeVisible: true },
      crosshair: { mode: 0 },
    });
  }

  function equityCharts() {
    if (data.equity.length < 2) {
      empty(byId('equity'), 'There was nothing to value: the run has fewer than two equity points.');
      return empty(byId('drawdown'), 'Without equity there is no drawdown.');
    }
    const equity = rising(data.equity.map(({ at, equity: value }) => ({ time: seconds(at), value: Number(value) })));
    const above = chartIn(byId('equity'));
    above
      .addSeries(LightweightCharts.AreaSeries, {
        lineColor: css('--calm'),
        topColor: `${css('--calm')}55`,
        bottomColor: `${css('--calm')}05`,
        lineWidth: 2,
      })
      .setData(equity);
    above.timeScale().fitContent();
    const hasShares = Number(summary.startEquity) > 0;
    let peak = -Infinity;
    const drawdown = equity.map(({ time: at, value }) => {
      peak = Math.max(peak, value);
      return { time: at, value: hasShares && peak > 0 ? (100 * (value - peak)) / peak : value - peak };
    });
    const below = chartIn(byId('drawdown'));
    below
      .addSeries(LightweightCharts.AreaSeries, {
        lineColor: css('--sell'),
        topColor: `${css('--sell')}05`,
        bottomColor: `${css('--sell')}55`,
        lineWidth: 1,
        invertFilledArea: true,
      })
      .setData(drawdown);
    below.timeScale().fitContent();
    byId('h-drawdown').textContent = hasShares ? 'Drawdown, %' : `Drawdown, ${currency}`;
  }

  const MARKERS_MAX = 600;
  function priceChart() {
    if (data.candles.length === 0) return empty(byId('price'), 'The data had no prices.');
    const chart = chartIn(byId('price'));
    const candles = rising(
      data.candles.map(({ at, open, high, low, close }) => ({
        time: seconds(at),
        open: Number(open),
        high: Number(high),
        low: Number(low),
        close: Number(close),
      })),
    );
    const series = chart.addSeries(LightweightCharts.CandlestickSeries, {
      upColor: css('--buy'),
      downColor: css('--sell'),
      borderVisible: false,
      wickUpColor: css('--buy'),
      wickDownColor: css('--sell'),
    });
    series.setData(candles);
    const first = candles[0].time;
    const instrument = data.fills.shown[0]?.instrument ?? data.denials.shown[0]?.instrument;
    const own = (list) => list.shown.filter((one) => one.instrument === instrument);
    const marks = [
      ...own(data.fills).map(({ at, side }) => ({
        time: Math.max(first, seconds(at)),
        position: side === 'buy' ? 'belowBar' : 'aboveBar',
        color: css(side === 'buy' ? '--buy' : '--sell'),
        shape: side === 'buy' ? 'arrowUp' : 'arrowDown',
        size: 0.6,
      })),
      ...own(data.denials).map(({ at, code }) => ({
        time: Math.max(first, seconds(at)),
        position: 'inBar',
        color: css('--gold'),
        shape: 'square',
        size: 0.6,
        text: code,
      })),
    ].sort((a, b) => a.time - b.time);
    const every = Math.max(1, Math.ceil(marks.length / MARKERS_MAX));
    LightweightCharts.createSeriesMarkers(
      series,
      marks.filter((_, at) => at % every === 0),
    );
    chart.timeScale().fitContent();
    const all = data.fills.total + data.denials.total;
    const few = Math.ceil(marks.length / every);
    byId('price-note').textContent =
      all === 0
        ? 'The strategy traded nothing, and nothing was denied.'
        : `Arrows are fills, squares denials: ${grouped.format(few)} of ${grouped.format(all)} are drawn${instrument ? `, of ${instrument}` : ''}.`;
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
    const sources = [...new Set(data.descriptions.map(({ source }) => source))].filter(
      (source) => source !== 'counted',
    );
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

  function svg(tag, attributes) {
    const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }
  function monteCarlo() {
    const place = byId('monte-carlo');
    const choice = data.deflatedSharpe;
    if (choice)
      place.append(
        element(
          'p',
          choice.warning ??
            `The best of ${choice.trials} trials: probability ${precise.format(choice.probability)} that it is no luck (deflated Sharpe ratio).`,
          'warning',
        ),
      );
    const mc = data.monteCarlo;
    if (!mc) return place.append(element('p', 'Too few round trips for other histories.', 'soft'));
    const [width, height, left] = [480, 190, 70];
    const start = {
      trade: 0,
      p5: mc.startEquity,
      p25: mc.startEquity,
      p50: mc.startEquity,
      p75: mc.startEquity,
      p95: mc.startEquity,
    };
    const fan = [start, ...mc.fan];
    const low = Math.min(...fan.map(({ p5 }) => p5));
    const high = Math.max(...fan.map(({ p95 }) => p95));
    const x = (trade) => left + ((width - left - 8) * trade) / mc.trades;
    const y = (value) => 10 + ((height - 30) * (high - value)) / (high - low || 1);
    const picture = svg('svg', {
      viewBox: `0 0 ${width} ${height}`,
      width: '100%',
      role: 'img',
      'aria-label': 'Percentiles of resampled equity',
    });
    const band = (lower, upper, opacity) => {
      const forth = fan.map((f) => `${x(f.trade)},${y(f[upper])}`);
      const back = [...fan].reverse().map((f) => `${x(f.trade)},${y(f[lower])}`);
      picture.append(svg('polygon', { points: [...forth, ...back].join(' '), fill: css('--calm'), opacity }));
    };
    band('p5', 'p95', 0.18);
    band('p25', 'p75', 0.3);
    picture.append(
      svg('polyline', {
        points: fan.map((f) => `${x(f.trade)},${y(f.p50)}`).join(' '),
        fill: 'none',
        stroke: css('--calm'),
        'stroke-width': 2,
      }),
    );
    for (const value of [low, mc.startEquity, high]) {
      const label = svg('text', { x: left - 6, y: y(value) + 4, 'text-anchor': 'end' });
      label.textContent = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value);
      picture.append(label);
    }
    const axis = svg('text', { x: width - 8, y: height - 4, 'text-anchor': 'end' });
    axis.textContent = `${grouped.format(mc.trades)} round trips`;
    picture.append(axis);
    place.append(picture);
    const row = (label, p, unit) => [label, ...['p5', 'p50', 'p95'].map((key) => shown(p[key], unit))];
    const rows = [row('Final equity, resampled', mc.resampled.finalEquity, 'money')];
    if (mc.startEquity > 0) {
      rows.push(
        row('Maximum drawdown, resampled', mc.resampled.maxDrawdown, 'share'),
        row('Maximum drawdown, shuffled', mc.shuffled.maxDrawdown, 'share'),
      );
    }
    place.append(
      table(
        [
          { label: '' },
          { label: '5 %', kind: 'number' },
          { label: '50 %', kind: 'number' },
          { label: '95 %', kind: 'number' },
        ],
        rows,
      ),
      element(
        'p',
        `${grouped.format(mc.runs)} histories of the same round trips, drawn with replacement or in another order; ${shown(mc.lossProbability, 'share')} of them end with a loss. ${mc.source}.`,
        'soft',
      ),
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
        ['Profit', 'profit'],
        ['Fees', 'fees'],
      ].map(([label, key]) => ({ label, kind: 'number', of: (t) => t[key], by: (t) => Number(t[key]) })),
    ];
    let [sorted, page, by, down] = [[...all], 0, 0, false];
    const draw = () => {
      const rows = sorted
        .slice(page * PAGE, page * PAGE + PAGE)
        .map((trip) =>
          columns.map(({ of, label }) =>
            label === 'Profit' ? element('span', of(trip), signed(trip.profit)) : of(trip),
          ),
        );
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
})();
