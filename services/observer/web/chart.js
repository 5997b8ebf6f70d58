import { AreaSeries, CrosshairMode, LineStyle, createChart, createSeriesMarkers } from '/web/lightweight-charts.js';
import { digitsOf } from './format.js';

/** More marks than this hide the price. */
const MARKS_MAX = 200;
const LINES_MAX = 8;
const WORKING = new Set(['SUBMITTED', 'ACCEPTED', 'PARTIALLY_FILLED', 'UNRESOLVED']);
const BUY = '#3fb992';
const SELL = '#e57373';
const DENIED = '#e0b354';

const zoned = (seconds) => new Date(seconds * 1000).toLocaleTimeString('en-GB');

/** The price of one instrument with our fills at their prices, denials below the line, and our working orders as lines. */
export class PriceChart {
  #chart;
  #area;
  #marks;
  #lines = new Map();
  #instrument;
  #shown = 0;
  #since = 0;
  #markKey = '';

  constructor(container) {
    this.#chart = createChart(container, {
      autoSize: true,
      layout: { background: { color: 'transparent' }, textColor: '#8b9bb0', fontSize: 11, attributionLogo: false },
      grid: { vertLines: { color: '#18222f' }, horzLines: { color: '#18222f' } },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.14, bottom: 0.14 } },
      timeScale: {
        borderVisible: false,
        timeVisible: true,
        secondsVisible: true,
        rightOffset: 4,
        tickMarkFormatter: zoned,
      },
      localization: { timeFormatter: zoned },
      crosshair: { mode: CrosshairMode.Normal, vertLine: { color: '#35475f' }, horzLine: { color: '#35475f' } },
    });
    this.#area = this.#chart.addSeries(AreaSeries, {
      lineColor: '#6ea8e0',
      lineWidth: 2,
      topColor: 'rgba(110, 168, 224, 0.20)',
      bottomColor: 'rgba(110, 168, 224, 0.01)',
      priceLineColor: '#35475f',
      lastPriceAnimation: 1,
    });
    this.#marks = createSeriesMarkers(this.#area, []);
  }

  /** Draws what is there now; cheap when little changed. */
  show(instrument, { series, fills, denials, orders }) {
    if (series.length === 0) return;
    if (instrument !== this.#instrument || series.length < this.#shown || series[0].time !== this.#since)
      this.#begin(instrument, series);
    const from = Math.max(0, this.#shown - 1);
    for (const point of series.slice(from)) this.#area.update({ time: point.time, value: Number(point.mid) });
    this.#shown = series.length;
    this.#mark(instrument, series[0].time, fills, denials);
    this.#line(instrument, orders);
  }

  #begin(instrument, series) {
    this.#instrument = instrument;
    this.#since = series[0].time;
    const precision = Math.min(8, Math.max(2, digitsOf(series.at(-1).mid) - 1));
    this.#area.applyOptions({ priceFormat: { type: 'price', precision, minMove: 1 / 10 ** precision } });
    this.#area.setData(series.map(({ time, mid }) => ({ time, value: Number(mid) })));
    this.#shown = series.length;
    const points = Math.max(60, Math.min(series.length, 600));
    this.#chart.timeScale().setVisibleLogicalRange({ from: series.length - points, to: series.length + 3 });
  }

  #mark(instrument, since, fills, denials) {
    const ours = fills.filter((fill) => fill.instrument === instrument);
    const refused = denials.filter((verdict) => verdict.instrument === instrument);
    const key = `${instrument} ${ours.at(-1)?.tradeId} ${ours.length} ${refused.at(-1)?.verdictId}`;
    if (key === this.#markKey) return;
    this.#markKey = key;
    const seconds = new Set();
    const marks = [
      ...ours.map((fill) => ({
        time: Math.floor(fill.at / 1e6),
        position: 'atPriceMiddle',
        price: Number(fill.price),
        shape: fill.side === 'buy' ? 'arrowUp' : 'arrowDown',
        color: fill.side === 'buy' ? BUY : SELL,
        size: 1,
      })),
      ...refused.flatMap((verdict) => {
        const time = Math.floor(verdict.at / 1e6);
        // One dot a second: a burst of the same answer is one fact.
        if (seconds.has(time)) return [];
        seconds.add(time);
        return [{ time, position: 'belowBar', shape: 'circle', color: DENIED, size: 0.5 }];
      }),
    ];
    const shown = marks.filter((mark) => mark.time >= since).sort((a, b) => a.time - b.time);
    this.#marks.setMarkers(shown.slice(-MARKS_MAX));
  }

  #line(instrument, orders) {
    const working = orders
      .filter((order) => order.instrument === instrument && order.price !== undefined && WORKING.has(order.state))
      .slice(-LINES_MAX);
    const wanted = new Map(working.map((order) => [order.intentId, order]));
    for (const [id, line] of this.#lines) {
      if (wanted.has(id)) continue;
      this.#area.removePriceLine(line);
      this.#lines.delete(id);
    }
    for (const [id, order] of wanted) {
      if (this.#lines.has(id)) continue;
      const color = order.side === 'buy' ? BUY : SELL;
      const options = {
        price: Number(order.price),
        color,
        lineWidth: 1,
        lineStyle: LineStyle.Dashed,
        axisLabelVisible: false,
        title: order.runId,
      };
      this.#lines.set(id, this.#area.createPriceLine(options));
    }
  }
}
