// What each view shows. Everything that came from a ledger goes in as text, never as markup.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'onclick' || name === 'onchange' || name === 'oninput' || name === 'ontoggle') {
      element[name] = value;
    } else if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

const text = (value) =>
  value.hex ? `0x${value.text}${value.cut ? '…' : ''}` : value.text + (value.cut ? `… (${value.bytes} bytes)` : '');

const short = (id) => (id.length > 16 ? `${id.slice(0, 12)}…` : id);

const when = (seconds) => (seconds === null ? '' : new Date(seconds * 1000).toLocaleString());

const who = (identity) => (identity ? `${identity.name || 'somebody'} (${identity.msp_id})` : 'somebody');

function table(headings, rows) {
  return make('div', { class: 'scroll' },
    make('table', {},
      make('thead', {}, make('tr', {}, ...headings.map((heading) => make('th', { scope: 'col' }, heading)))),
      make('tbody', {}, ...rows.map((cells) => make('tr', {}, ...cells)))));
}

export function block(view, open, showTransaction) {
  const count = view.transactions.length;
  return make('section', { class: 'block', 'data-number': view.number, 'aria-label': `Block ${view.number}` },
    make('div', { class: 'head' },
      make('b', {}, `Block ${view.number}`),
      make('span', { class: 'quiet' }, `${count} transaction${count === 1 ? '' : 's'}, ${view.bytes} bytes`),
      make('span', { class: 'quiet mono', title: view.hash }, `hash ${short(view.hash)}`)),
    ...view.transactions.map((transaction) => one(transaction, open, showTransaction)));
}

function called(transaction) {
  if (!transaction.chaincode) return transaction.kind;
  const [name, ...args] = transaction.args.map(text);
  return `${transaction.chaincode}  ${name ?? ''}(${args.map(short).join(', ')})`;
}

function one(transaction, open, showTransaction) {
  const valid = transaction.code === 'VALID';
  const opened = open.has(transaction.tx_id) || (!valid && transaction.conflicts);
  return make('details', {
    class: 'tx', id: transaction.tx_id && `tx-${transaction.tx_id}`, open: Boolean(opened),
    ontoggle: (event) => (event.target.open ? open.add(transaction.tx_id) : open.delete(transaction.tx_id)),
  },
  make('summary', {},
    make('span', { class: valid ? 'code valid' : 'code' }, transaction.code),
    make('span', { class: 'call mono' }, called(transaction)),
    make('span', { class: 'quiet mono', title: transaction.tx_id }, short(transaction.tx_id))),
  make('div', { class: 'body' },
    ...(transaction.conflicts ?? []).map((conflict) => why(conflict, showTransaction)),
    make('p', { class: 'quiet' },
      `By ${who(transaction.creator)} ${when(transaction.time)}`,
      transaction.endorsers.length > 0 && `; endorsed by ${transaction.endorsers.map(who).join(', ')}`),
    transaction.args.length > 1 && make('div', {}, make('h3', {}, 'Arguments'),
      ...transaction.args.map((argument) => make('pre', {}, text(argument)))),
    transaction.event && make('div', {}, make('h3', {}, `Event ${transaction.event.name}`),
      make('pre', {}, text(transaction.event.payload))),
    ...transaction.namespaces.map(namespace)));
}

function why(conflict, showTransaction) {
  const by = conflict.by;
  return make('div', { class: 'why' },
    `${conflict.subject} of ${conflict.namespace} was read at version ${conflict.read} and is at ${conflict.found} now`,
    by ? ', written by ' : '',
    by && make('button', { class: 'link mono', onclick: () => showTransaction(by) }, short(by)));
}

function namespace(set) {
  const rows = [
    ...set.reads.map((read) => ['read', read.key, `version ${read.version}`]),
    ...set.ranges.map((range) => ['range', `${range.start}..${range.end}`, range.exhausted ? 'to its end' : 'stopped before its end']),
    ...set.writes.map((write) => [
      write.metadata ? 'metadata' : write.value ? 'write' : 'delete', write.key,
      write.metadata ? write.metadata.join(', ') : write.value ? text(write.value) : '']),
    ...set.collections.map((collection) => ['private', collection.name, `${collection.reads} reads, ${collection.writes} writes`]),
  ];
  if (rows.length === 0) return undefined;
  return make('div', {}, make('h3', {}, set.name),
    table(['', 'Key', 'Value'], rows.map(([kind, key, value]) => [
      make('td', { class: 'quiet' }, kind), make('td', { class: 'key' }, key), make('td', { class: 'value' }, value)])));
}

export function definitions(found) {
  if (found.length === 0) return make('p', { class: 'empty' }, 'No chaincode is committed on this channel.');
  return make('div', {}, ...found.map((one) => make('section', {},
    make('h2', {}, `${one.name} ${one.version}`),
    make('p', { class: 'quiet' },
      `Sequence ${one.sequence}${one.init_required ? ', Init required' : ''}`,
      one.collections.length > 0 && `; collections ${one.collections.join(', ')}`),
    table(['Organisation', 'Approved', 'Package of its peer'], Object.entries(one.approvals).map(([org, approved]) => [
      make('td', {}, org), make('td', {}, approved ? 'yes' : 'no'),
      make('td', { class: 'mono' }, one.packages[org] ?? '')])))));
}

export function state(found, ask) {
  if (found.rows.length === 0) return make('p', { class: 'empty' }, 'Nothing here.');
  return make('div', {},
    table(['Key', 'Value', 'Version'], found.rows.map((row) => [
      make('td', { class: 'key' }, make('button', { class: 'link', title: 'History', onclick: () => ask.history(row.key, row.name) }, row.name)),
      make('td', { class: 'value' }, text(row.value)),
      make('td', { class: 'quiet' }, row.version)])),
    found.next && make('p', {}, make('button', { class: 'button', onclick: () => ask.more(found.next) }, 'More')));
}

export function history(name, changes, back, showTransaction) {
  return make('div', {},
    make('div', { class: 'row' }, make('button', { class: 'button', onclick: back }, 'Back'), make('b', { class: 'mono' }, name)),
    table(['Version', 'Value', 'Time', 'Transaction'], changes.map((change) => [
      make('td', { class: 'quiet' }, change.version),
      make('td', { class: 'value' }, change.value ? text(change.value) : 'deleted'),
      make('td', { class: 'quiet' }, when(change.time)),
      make('td', { class: 'mono' }, make('button', { class: 'link', onclick: () => showTransaction(change.tx_id) }, short(change.tx_id)))])));
}

export function line(one) {
  return make('div', { class: `line ${one.level}` },
    make('span', { class: 'level quiet' }, one.level),
    make('span', { class: 'quiet', title: one.tx_id }, one.chaincode),
    make('span', { class: 'text mono' }, one.text));
}
