import { $, el, setText } from './dom.js';

/** How long the latch may take to show before the person is told. */
const LATCH_MS = 5000;
let status;

/** The scopes that a person can choose, from what is running. */
function scopesOf({ runs = [], markets = [], controls = [] } = {}) {
  const accounts = [...runs, ...controls].map(({ account }) => `account.${account}`);
  const strategies = runs.map(({ strategy }) => `strategy.${strategy}`);
  const owners = runs.map(({ runId }) => `run.${runId}`);
  const instruments = markets.map(({ venue, symbol }) => `instrument.${venue}.${symbol}`);
  return [...new Set(['all', ...accounts, ...strategies, ...owners, ...instruments])];
}

function fail(text) {
  $('kill-failure').hidden = text === '';
  setText($('kill-failure'), text);
}

/** Passes on what the page knows, so that the dialog offers what runs and sees the latch come. */
export function knowForKill(next) {
  status = next;
}

export function prepareKill() {
  $('kill').onclick = () => {
    $('kill-scope').replaceChildren(...scopesOf(status).map((scope) => el('option', { text: scope })));
    $('kill-by').value ||= localStorage.getItem('portcullis.by') ?? '';
    $('kill-confirm').disabled = false;
    fail('');
    $('kill-dialog').showModal();
    $('kill-reason').focus();
  };
  $('kill-cancel').onclick = () => $('kill-dialog').close();
  $('kill-form').onsubmit = (event) => {
    event.preventDefault();
    void send();
  };
}

async function send() {
  const body = { scope: $('kill-scope').value, reason: $('kill-reason').value, by: $('kill-by').value };
  localStorage.setItem('portcullis.by', body.by);
  $('kill-confirm').disabled = true;
  fail('');
  try {
    const answer = await fetch('/v1/kill', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-portcullis-request': '1' },
      body: JSON.stringify(body),
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.error ?? `the server answered ${answer.status}`);
    if (await isLatched(body.scope)) $('kill-dialog').close();
    else
      fail(
        `The kill is stored as number ${told.seq}, but riskd has not shown its latch. The bridge acts on it by itself.`,
      );
  } catch (error) {
    fail(`Not confirmed: ${error.message}`);
  }
  $('kill-confirm').disabled = false;
}

async function isLatched(scope) {
  const until = performance.now() + LATCH_MS;
  while (performance.now() < until) {
    if (status?.controls.some(({ latches }) => latches.some((latch) => latch.scope === scope || latch.scope === 'all')))
      return true;
    await new Promise((done) => setTimeout(done, 100));
  }
  return false;
}
