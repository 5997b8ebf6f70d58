import { PriceChart } from './chart.js';
import { $, el, setText } from './dom.js';
import { showFeed } from './feed.js';
import { knowForKill, prepareKill } from './kill.js';
import { Live } from './live.js';
import { prepareFilters, showHeader, showMarket, showOrders, showRuns, showServices } from './panels.js';

const chart = new PriceChart($('chart'));
let chosen = '';

function chooseInstrument(markets) {
  const names = markets.map(({ instrument }) => instrument);
  const select = $('instrument');
  if ([...select.options].map(({ value }) => value).join() !== names.join()) {
    select.replaceChildren(
      ...markets.map(({ instrument, symbol, venue }) => {
        const option = el('option', { text: `${symbol} at ${venue}` });
        option.value = instrument;
        return option;
      }),
    );
  }
  if (!names.includes(chosen)) chosen = names[0] ?? '';
  select.value = chosen;
  return markets.find(({ instrument }) => instrument === chosen);
}

function show(live) {
  const { status, connected } = live;
  setText($('link'), connected ? 'live' : 'no connection, trying again');
  $('link').className = connected ? 'tag good' : 'tag warn';
  if (status === undefined) return;
  knowForKill(status);
  showHeader(status);
  const market = chooseInstrument(status.markets);
  if (market !== undefined) {
    showMarket(market);
    chart.show(market.instrument, {
      series: live.series.get(market.instrument) ?? [],
      fills: live.fills,
      denials: live.denials,
      orders: [...live.orders.values()],
    });
  }
  showRuns(status.runs);
  showFeed(live);
  showOrders(live.orders);
  showServices(status);
}

const live = new Live(show);
prepareKill();
prepareFilters(() => show(live));
$('instrument').onchange = () => {
  chosen = $('instrument').value;
  show(live);
};
live.start();
