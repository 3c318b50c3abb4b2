// Questions in SQL to a pipeline that runs: what they may read, one question, its answer.
import { h, title, heading, button, text } from '../dom.js';
import { get, post, api } from '../stream.js';
import { table } from '../table.js';
import { save, csv, say } from '../overlay.js';
import { painted } from '../code.js';
import { int, span, clock, plural, isNumber } from '../format.js';

const LIMIT = 1000, KEPT = 20, queries = new Map();
const ident = name => /^[a-z_]\w*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
const OF = { batch: 'rows of the next batch', result: 'the whole result' };

function history(name) {
  const key = `sluice.sql.${name}`;
  let kept = [];
  try { kept = JSON.parse(sessionStorage.getItem(key)) ?? []; } catch { /* no storage here */ }
  return {
    list: () => kept,
    add(sql) {
      kept = [sql, ...kept.filter(each => each !== sql)].slice(0, KEPT);
      try { sessionStorage.setItem(key, JSON.stringify(kept)); } catch { /* no storage here */ }
    },
  };
}

/** Where the line and column of an error are in the text; columns count characters. */
function placeOf(sql, line, column) {
  const lines = sql.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return before + [...(lines[line - 1] ?? '')].slice(0, column - 1).join('').length;
}

/** When and of what an answer is. */
function words({ rows, truncated, batch, at, of, ms }) {
  const count = truncated ? `the first ${plural(rows.length, 'row')}` : plural(rows.length, 'row');
  const moment = at == null ? '' : of === 'batch' ? ` of batch ${int(batch)}, begun ${clock(at)}` : batch == null ? ` at ${clock(at)}` : ` as batch ${int(batch)} has left it, read ${clock(at)}`;
  return `${count}${moment}; ran ${span(ms.ran)}${ms.waited >= 100 ? `, waited ${span(ms.waited)}` : ''}`;
}

export function page(main, p, arg) {
  const asked = history(p.name);
  const input = h('textarea', { spellcheck: 'false', label: 'SQL', autocapitalize: 'off', autocomplete: 'off', value: arg || (queries.get(p.name) ?? asked.list()[0] ?? '') });
  const below = h('pre', { 'aria-hidden': 'true' }), out = h('div.part'), state = h('span.note', 'Ctrl+Enter');
  const run = button('Run', ask, { picture: 'play', kind: '.primary' });
  const names = h('div'), past = h('div');
  let ended = false;

  function paint() {
    queries.set(p.name, input.value);
    below.replaceChildren(...painted(input.value), '\n ');
    below.scrollTop = input.scrollTop;
  }
  input.addEventListener('input', paint);
  input.addEventListener('scroll', () => { below.scrollTop = input.scrollTop; });
  input.addEventListener('keydown', e => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); ask(); } });
  const put = sql => { input.value = sql; paint(); input.focus(); };
  const insert = name => { input.setRangeText(ident(name), input.selectionStart, input.selectionEnd, 'end'); paint(); input.focus(); };
  const link = (name, what, act) => h('button.link.mono', { title: what, onclick: act }, name);

  main.append(title('SQL', 'Any SELECT over what the pipeline has: copies of it, which take 3 % of its time at most.'), h('div.split',
    h('section', { label: 'Question' }, h('div.editor', below, input), h('div.bar', run, state), out),
    h('aside', { label: 'What can be read' }, names, past)));
  paint();

  function showPast() {
    const list = asked.list();
    past.replaceChildren(...list.length ? [heading('Asked before'), h('ul.names', list.map(sql => h('li', link(sql.length > 120 ? sql.slice(0, 120) + ' …' : sql, 'Put into the field', () => put(sql)))))] : []);
  }

  async function showNames() {
    let list;
    try { list = await get(api(p.name, 'relations')); } catch (error) { names.replaceChildren(heading('Names'), h('p.note', error.message)); return; }
    if (ended) return;
    names.replaceChildren(heading('Names'), list.length ? h('div', list.map(one => h('details.relation',
      h('summary', one.name, ' ', h('span.faint', one.lacking ? 'not computed' : one.kind)),
      h('p.note', one.lacking ?? `${OF[one.of]}. `, one.lacking ? null : h('button.link', { onclick: () => insert(one.name) }, 'Put the name in'), one.lacking ? null : ' · ', one.lacking ? null : h('button.link', { onclick: () => { put(`SELECT * FROM ${ident(one.name)} LIMIT 100`); ask(); } }, 'See it')),
      h('ul.names', one.columns.map(column => h('li', link(column.name, 'Put the name in', () => insert(column.name)), h('span.faint', column.type)))))))
      : h('p.note', 'Nothing yet: the pipeline has not got as far as its first batch.'));
    if (!input.value) {
      const first = list.find(one => one.of === 'result' && one.kind === 'view' && !one.lacking) ?? list.find(one => !one.lacking);
      if (first) { input.value = `SELECT * FROM ${ident(first.name)} LIMIT 100`; paint(); }
    }
  }

  function failed(error) {
    const { line, column } = error;
    out.replaceChildren(h('div.card.said.error', { role: 'alert' }, h('b', line ? `Line ${line}, column ${column}` : 'Not answered'), h('code', error.message)));
    if (!line) return;
    const at = placeOf(input.value, line, column), word = /^\w*/.exec(input.value.slice(at))[0].length;
    input.focus();
    input.setSelectionRange(at, at + Math.max(1, word));
  }

  async function ask() {
    const sql = input.value;
    if (run.disabled || !sql.trim()) return;
    run.disabled = true;
    const slow = setTimeout(() => { text(state, 'Waiting for the next batch …'); say('Waiting for the next batch'); }, 700);
    try {
      const answer = await post(api(p.name, 'sql'), { sql, limit: LIMIT });
      if (ended) return;
      const { columns, rows } = answer, types = columns.map(c => isNumber(c.type) && 'number');
      const view = table({ label: 'Result', height: 520, limit: LIMIT, empty: 'No rows.', columns: columns.map((c, i) => ({ name: c.name, number: !!types[i], exact: true })) });
      view.set(rows);
      const line = words(answer);
      out.replaceChildren(heading('Result', line, button('Save as CSV', () => save(`${p.name}.csv`, csv(columns.map(c => c.name), rows, types), 'text/csv'), { picture: 'save', kind: '.push' })), h('div.card', view.element));
      say(line);
      asked.add(sql);
      showPast();
    } catch (error) { if (!ended) failed(error); } finally {
      clearTimeout(slow);
      text(state, 'Ctrl+Enter');
      run.disabled = false;
    }
  }
  showPast();
  showNames();
  if (arg) ask();
  return () => { ended = true; };
}
