// Part of the page's one script: see render-report.ts. How values are said, and what tables are made of.
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
