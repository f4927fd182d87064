// Asks the peer, follows what comes, and switches between the views of views.js.
import * as views from './views.js';

const { make } = views;
const main = document.getElementById('view');
const channels = document.getElementById('channel');
const live = document.getElementById('live');
const tabs = [...document.querySelectorAll('[role=tab]')];
const open = new Set();
const shown = { view: 'blocks', channel: '', oldest: null, newest: true, namespace: '', prefix: '' };

async function ask(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== null && value !== ''));
  const response = await fetch(`api/${path}?${query}`);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

// A view that was left while its answer was under way must not appear.
let turn = 0;
async function show(content) {
  const mine = ++turn;
  try {
    const made = await content();
    if (mine === turn) main.replaceChildren(...[made].flat());
  } catch (error) {
    if (mine === turn) main.replaceChildren(make('p', { class: 'why' }, error.message));
  }
}

const inChannel = (more = {}) => ({ channel: shown.channel, ...more });

// The newest blocks, or those before a number.
async function blocks(before = null) {
  const found = await ask('blocks', inChannel({ before }));
  shown.oldest = found.length > 0 ? found[found.length - 1].number : 0;
  shown.newest = before === null;
  const list = make('div', { id: 'blocks' }, ...found.map((one) => views.block(one, open, showTransaction)));
  const older = make('button', { class: 'button', id: 'older', onclick: () => more(list, older) }, 'Older blocks');
  older.hidden = shown.oldest === 0;
  const newest = make('p', {}, make('button', { class: 'button', id: 'newest', onclick: () => choose('blocks') }, 'Newest blocks'));
  return before === null ? [list, older] : [newest, list, older];
}

async function more(list, older) {
  const found = await ask('blocks', inChannel({ before: shown.oldest }));
  list.append(...found.map((one) => views.block(one, open, showTransaction)));
  if (found.length > 0) shown.oldest = found[found.length - 1].number;
  older.hidden = found.length === 0 || shown.oldest === 0;
}

async function arrived(number) {
  document.getElementById('height').textContent = `${number + 1} blocks`;
  if (shown.view === 'definitions') show(definitions);
  const list = document.getElementById('blocks');
  if (shown.view !== 'blocks' || !shown.newest || !list) return;
  const view = await ask('block', inChannel({ number }));
  if (list.querySelector(`[data-number="${number}"]`)) return;
  list.prepend(views.block(view, open, showTransaction));
  // What is far down can be asked for again.
  while (list.children.length > 200) list.lastChild.remove();
  shown.oldest = Number(list.lastChild.dataset.number);
}

async function showTransaction(id) {
  await choose('blocks');
  let found = document.getElementById(`tx-${id}`);
  if (!found) {
    await show(async () => blocks((await ask('transaction', inChannel({ key: id }))).block + 1));
    found = document.getElementById(`tx-${id}`);
  }
  if (!found) return;
  found.open = true;
  found.scrollIntoView({ block: 'center' });
  found.querySelector('summary').focus();
}

const definitions = async () => views.definitions(await ask('definitions', inChannel()));

async function state() {
  const names = await ask('namespaces', inChannel());
  if (!names.includes(shown.namespace)) shown.namespace = names[0];
  const rows = make('div', {});
  const load = async (start = '') => {
    const found = await ask('state', inChannel({ namespace: shown.namespace, prefix: shown.prefix, start }));
    rows.replaceChildren(views.state(found, { more: load, history }));
  };
  const choice = make('select', { id: 'namespace', onchange: (event) => { shown.namespace = event.target.value; load(); } },
    ...names.map((name) => make('option', { value: name, selected: name === shown.namespace }, name)));
  const filter = make('input', { id: 'prefix', type: 'search', placeholder: 'Keys that begin with', value: shown.prefix,
    'aria-label': 'Keys that begin with', oninput: (event) => { shown.prefix = event.target.value; load(); } });
  await load();
  return [make('div', { class: 'row' }, make('label', {}, 'Namespace ', choice), filter), rows];
}

function history(key, name) {
  show(async () => views.history(name, await ask('history', inChannel({ namespace: shown.namespace, key })), () => show(state), showTransaction));
}

async function logs() {
  const lines = await ask('logs');
  const empty = make('p', { class: 'empty', id: 'no-lines' }, 'No chaincode has written a line yet.');
  return make('div', { id: 'lines' }, ...(lines.length > 0 ? lines.reverse().map(views.line) : [empty]));
}

function logged(one) {
  const lines = document.getElementById('lines');
  if (!lines) return;
  document.getElementById('no-lines')?.remove();
  lines.prepend(views.line(one));
  while (lines.children.length > 500) lines.lastChild.remove();
}

const contents = { blocks, definitions, state, logs };

function choose(view) {
  shown.view = view;
  for (const tab of tabs) {
    const mine = tab.dataset.view === view;
    tab.setAttribute('aria-selected', String(mine));
    tab.tabIndex = mine ? 0 : -1;
    if (mine) main.setAttribute('aria-labelledby', tab.id);
  }
  if (location.hash !== `#${view}`) remember(view);
  return show(contents[view]);
}

const remember = (view) => window.history.replaceState(null, '', `#${view}`);

function keys(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
  next.focus();
  choose(next.dataset.view);
}

function follow() {
  const events = new EventSource('api/events');
  const seen = (text, lost) => { live.textContent = text; live.classList.toggle('lost', lost); };
  let broken = false;
  events.onopen = () => {
    seen('live', false);
    if (broken) start();
    broken = false;
  };
  events.onerror = () => { broken = true; seen('the peer does not answer', true); };
  events.addEventListener('block', (event) => {
    const { channel, number } = JSON.parse(event.data);
    if (channel === shown.channel) arrived(number);
  });
  events.addEventListener('log', (event) => logged(JSON.parse(event.data)));
  events.addEventListener('behind', () => choose(shown.view));
}

async function start() {
  const found = await ask('channels');
  if (found.length === 0) {
    main.replaceChildren(make('p', { class: 'empty' }, 'This peer has not joined a channel.'));
    return;
  }
  if (!found.some((one) => one.id === shown.channel)) shown.channel = found[0].id;
  channels.replaceChildren(...found.map((one) => make('option', { value: one.id, selected: one.id === shown.channel }, one.id)));
  document.getElementById('height').textContent = `${found.find((one) => one.id === shown.channel).height} blocks`;
  await choose(shown.view);
}

channels.onchange = () => { shown.channel = channels.value; start(); };
for (const tab of tabs) {
  tab.onclick = () => choose(tab.dataset.view);
  tab.onkeydown = keys;
}
const wanted = location.hash.slice(1);
if (wanted in contents) shown.view = wanted;
follow();
start().catch((error) => main.replaceChildren(make('p', { class: 'why' }, error.message)));
