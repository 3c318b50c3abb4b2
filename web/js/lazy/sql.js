// Questions to the tables, views and sinks of a pipeline.
import { h, title, heading, button } from '../dom.js';
import { post, api } from '../stream.js';
import { table } from '../table.js';
import { save, csv, say } from '../overlay.js';
import { painted } from '../code.js';
import { cell, int, span } from '../format.js';

const LIMIT = 1000, queries = new Map();
const ident = name => /^[a-z_]\w*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`;

export function page(main, p, arg) {
  const nodes = p.nodes.filter(n => n.kind !== 'dead').sort((a, b) => (b.kind === 'sink') - (a.kind === 'sink')), tables = p.tables ?? nodes.map(n => n.name), first = tables[0];
  const start = arg || (queries.get(p.name) ?? (first ? `SELECT * FROM ${ident(first)} LIMIT 100` : ''));
  const input = h('textarea', { spellcheck: 'false', label: 'SQL', autocapitalize: 'off', autocomplete: 'off', value: start }), below = h('pre', { 'aria-hidden': 'true' }), out = h('div.part');
  const run = button('Run', ask, { picture: 'play', kind: '.primary' });
  function paint() {
    queries.set(p.name, input.value);
    below.replaceChildren(...painted(input.value), '\n ');
    below.scrollTop = input.scrollTop;
  }
  input.addEventListener('input', paint);
  input.addEventListener('scroll', () => { below.scrollTop = input.scrollTop; });
  input.addEventListener('keydown', e => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); ask(); } });
  const put = words => { input.value = words; paint(); input.focus(); };
  const ready = [...new Set(tables)].slice(0, 40);
  main.append(title('SQL', `Reads the last commit; it never holds up a batch. The first ${int(LIMIT)} rows are shown.`), h('div.split',
    h('section', { label: 'Query' }, h('div.editor', below, input), h('div.bar', run, h('span.note', 'Ctrl+Enter')), out),
    h('aside', { label: 'Names' }, heading('Ready queries'), h('ul.names', ready.flatMap(name => [[`Count ${name}`, `SELECT count(*) AS n FROM ${ident(name)}`], [`See ${name}`, `SELECT * FROM ${ident(name)} LIMIT 100`]]).slice(0, 8).map(([name, sql]) => h('li', h('button.link', { onclick: () => { put(sql); ask(); } }, name)))),
      heading('Names'), h('ul.names', ready.map(name => h('li', h('button.link.mono', { title: 'Put into the query', onclick: () => { input.setRangeText(ident(name), input.selectionStart, input.selectionEnd, 'end'); paint(); input.focus(); } }, name), h('span.faint', [...new Set(nodes.filter(n => n.name === name).map(n => n.kind))].join(', '))))))));

  function failed(error) {
    out.replaceChildren(h('div.card.said.error', { role: 'alert' }, h('b', error.line ? `Line ${error.line}${error.column ? `, column ${error.column}` : ''}` : 'Not answered'), h('code', error.message)));
  }
  async function ask() {
    run.disabled = true;
    try {
      const { columns, rows, truncated, ms } = await post(api(p.name, 'sql'), { sql: input.value, limit: LIMIT });
      const view = table({ label: 'Result', height: 520, limit: LIMIT, empty: 'No rows.', columns: columns.map(c => ({ name: c.name, number: /INT|DECIMAL|DOUBLE|FLOAT|number/i.test(c.type), format: v => cell(v, c.type) })) });
      view.set(rows);
      const words = `${truncated ? `the first ${int(rows.length)} rows` : rows.length === 1 ? '1 row' : `${int(rows.length)} rows`} in ${span(ms)}`;
      out.replaceChildren(heading('Result', words, button('Save as CSV', () => save(`${p.name}.csv`, csv(columns.map(c => c.name), rows, columns.map(c => /INT|DECIMAL|DOUBLE|FLOAT|number/i.test(c.type) && 'number')), 'text/csv'), { picture: 'save', kind: '.push' })), h('div.card', view.element));
      say(words);
    } catch (error) { failed(error); }
    run.disabled = false;
  }
  paint();
  if (arg) ask();
}
