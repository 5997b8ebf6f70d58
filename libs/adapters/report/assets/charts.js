// Part of the page's one script: see render-report.ts. The pictures.
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
/** Some of a list, evenly. Every other mark of one that buys and sells in turn would be a buy, so the stride is odd. */
function spread(list, most) {
  const stride = Math.ceil(list.length / most) | 1;
  return list.filter((_, at) => at % stride === 0);
}
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
  const drawn = spread(marks, MARKERS_MAX);
  LightweightCharts.createSeriesMarkers(series, drawn);
  chart.timeScale().fitContent();
  const all = data.fills.total + data.denials.total;
  byId('price-note').textContent =
    all === 0
      ? 'The strategy traded nothing, and nothing was denied.'
      : `Arrows are fills, squares denials: ${grouped.format(drawn.length)} of ${grouped.format(all)} are drawn${instrument ? `, of ${instrument}` : ''}.`;
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
