// Text reaches the page as text alone: nothing here, and nobody else, writes markup.

export const $ = (id) => document.getElementById(id);

/** An element with a class, text or children. */
export function el(tag, { className = '', text, title, data = {} } = {}, ...children) {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  if (text !== undefined) element.textContent = text;
  if (title !== undefined) element.title = title;
  Object.assign(element.dataset, data);
  element.append(...children);
  return element;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setCell(cell, { text, className = '', title = '', tone = '' }) {
  setText(cell, text);
  if (cell.className !== className) cell.className = className;
  if (cell.title !== title) cell.title = title;
  if (cell.dataset.tone !== tone) cell.dataset.tone = tone;
}

/**
 * Makes the rows of a table body those of `items`. Rows are found again by key, and cells change only where their text
 * does, so that a selection or a pointer over a row survives.
 */
export function setRows(body, items, keyOf, cellsOf, emptyText) {
  const known = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  const rows = items.map((item) => {
    const key = keyOf(item);
    const cells = cellsOf(item);
    const row = known.get(key) ?? el('tr', { data: { key } }, ...cells.map(() => el('td', {}, el('span'))));
    cells.forEach((cell, i) => {
      const { column = '', ...inner } = cell;
      const td = row.cells[i];
      if (td.className !== column) td.className = column;
      setCell(td.firstChild, inner);
    });
    return row;
  });
  if (rows.length === 0) {
    const cell = el('td', { className: 'empty', text: emptyText });
    cell.colSpan = 20;
    cell.style.display = 'table-cell';
    rows.push(el('tr', { data: { key: ' empty' } }, cell));
    if (known.has(' empty')) return;
  }
  const same = rows.length === body.rows.length && rows.every((row, i) => body.rows[i] === row);
  if (!same) body.replaceChildren(...rows);
}

/** Makes a list of terms and values; an entry is `[term, value, className]`. */
export function setTerms(list, entries) {
  if (list.children.length !== entries.length) {
    list.replaceChildren(...entries.map(() => el('div', {}, el('dt'), el('dd'))));
  }
  entries.forEach(([term, value, className = ''], i) => {
    const [dt, dd] = list.children[i].children;
    setText(dt, term);
    setText(dd, value);
    if (dd.className !== className) dd.className = className;
  });
}
