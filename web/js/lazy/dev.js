// What `sluice dev` shows: rows and tests of a pipeline file, or what is wrong with it, again at each change.
import { h, title, heading, facts, text, show } from '../dom.js';
import { on, store } from '../store.js';
import { table } from '../table.js';
import { dialog, say } from '../overlay.js';
import { painted } from '../code.js';
import { int, span, clock, plural, isNumber, exact } from '../format.js';

const ROWS_MAX = 1000;
const list = names => names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
const failed = tests => tests.filter(test => !test.passed).length;

/** What it comes to, in a few words. */
function verdict({ errors, tests, parts }) {
  if (!parts && errors.length) return errors[0].line ? `Wrong in line ${errors[0].line}, column ${errors[0].column}` : 'Wrong';
  if (errors.length) return 'Tests do not run';
  return !tests.length ? '' : failed(tests) ? `${plural(failed(tests), 'test')} of ${int(tests.length)} failed` : `${plural(tests.length, 'test')} passed`;
}

/** Line by line; under the place that is meant is a mark. */
function excerpt(lines, file) {
  const line = ({ number, text: words, at }) => {
    const digits = h('span.line-number', String(number));
    if (at == null) return [digits, painted(words, 'yaml'), '\n'];
    const letters = [...words], before = letters.slice(0, at).join(''), rest = letters.slice(at).join('');
    const word = /^(?:[\w.-]+|.?)/u.exec(rest)[0];
    return [digits, painted(before, 'yaml'), h('mark', word || ' '), painted(rest.slice(word.length), 'yaml'), '\n'];
  };
  return h('pre.code', { tabindex: 0, role: 'region', label: `Lines of ${file}` }, lines.map(line));
}
const problem = ({ message, file, lines }) => h('div.card.problem', { role: 'alert' }, h('p.bad', message), lines?.length ? excerpt(lines, file) : null);

/** One row with all of its values, unless some text was marked to be copied. */
function open(part, columns, row) {
  if (getSelection().type === 'Range') return;
  dialog(part, facts(columns.map((column, i) => [[column.name, ' ', h('small', column.type)], h('span.value', exact(row[i]))])), { side: true });
}

/** A part, whose table stays while its columns do: it may be scrolled or sorted. */
function partView({ title: name, columns }) {
  const note = h('p'), said = h('p.note'), section = h('section.part', { label: name }, h('div.heading', h('h2', name), note));
  const view = columns.length ? table({ label: name, limit: ROWS_MAX, empty: 'No rows.', onpick: row => open(name, columns, row),
    columns: columns.map(column => ({ name: [column.name, h('small', column.type)], number: isNumber(column.type), exact: true })) }) : null;
  const card = h('div.card', said, view?.element);
  section.append(card);
  return { section, set({ rows, truncated, note: why }) {
    text(note, rows.length ? (truncated ? `the first ${plural(rows.length, 'row')}` : plural(rows.length, 'row')) : '');
    text(said, why);
    show(said, why);
    if (view) { view.set(rows); show(view.element, !why); }
  } };
}

function difference({ what, place, same, missing, missing_rows, unexpected, unexpected_rows }) {
  const rows = (sign, kind, some, all) => [some.map(row => h(kind, `${sign} ${row}\n`)), all > some.length ? h('span.faint', `${sign} … and ${int(all - some.length)} more\n`) : null];
  return [h('p', what, ' ', h('span.faint', `(${place})${same ? `; ${same === 1 ? 'one row is' : `${int(same)} rows are`} as expected` : ''}`)),
    h('pre.code.text', { tabindex: 0, role: 'region', label: what }, rows('−', 'del', missing, missing_rows), rows('+', 'ins', unexpected, unexpected_rows))];
}
const outcome = test => h('li', { 'data-state': test.passed ? 'passed' : 'failed' }, h('i.state', { 'data-state': test.passed ? 'ok' : 'failed' }), h('b', test.passed ? 'ok' : 'FAILED'),
  h('span', test.name, ' ', h('span.faint', `${test.file}, ${span(test.ms)}`)),
  test.passed ? null : h('div.what', test.error ? h('p.bad', test.error) : null, test.differences.map(difference)));
const testsOf = tests => [heading('Tests', `${int(tests.length - failed(tests))} passed, ${int(failed(tests))} failed; − was expected, + came`), h('ul.card.tests', tests.map(outcome))];

/** What was read, what did not decode, whether the time was up. */
function notes({ sources = [], timed_out: late }) {
  const read = sources.map(each => `${plural(each.records, 'record')} of ${each.name}${each.dead_letters ? `, ${int(each.dead_letters)} of them not decoded` : ''}`).join('; ');
  return [sources.flatMap(each => each.undecoded).map(why => h('p.undecoded', `Does not decode: ${why}`)),
    read || late ? h('p.note', [read && `Read ${read}`, late && `the time was up after ${late}`].filter(Boolean).join('; ')) : null].flat().filter(Boolean);
}

export function page(main) {
  const head = title('', ''), state = h('p'), how = h('p'), wrong = h('div.part'), parts = h('div'), below = h('div.part'), tests = h('section.part', { label: 'Tests' });
  head.append(how, state);
  main.append(head, wrong, parts, below, tests);
  const views = new Map();
  let words = '';

  function draw() {
    const e = store.shown;
    if (!e?.file) return;
    text(head.firstChild, e.file);
    const why = e.changed.length ? `${list(e.changed)} changed` : '';
    text(state, e.ms == null ? `${why ? why + '; ' : ''}at work since ${clock(e.at)} …` : `${why ? why + ', ' : ''}shown in ${span(e.ms)} at ${clock(e.at)}`);
    // At work on a change: what is there stays until something is known.
    if (e.ms == null && !e.parts && !e.errors.length) return;
    const is = verdict(e);
    if (e.ms != null) {
      text(how, is);
      how.className = e.errors.length || failed(e.tests) ? 'bad' : '';
      document.title = `${is ? is + ' · ' : ''}${e.file} · sluice dev`;
    }
    wrong.replaceChildren(...e.errors.map(problem));
    show(wrong, e.errors.length);
    const left = new Map(views);
    for (const part of e.parts ?? []) {
      const key = JSON.stringify([part.title, part.columns]);
      if (!views.has(key)) views.set(key, partView(part));
      views.get(key).set(part);
      left.delete(key);
    }
    left.forEach((view, key) => { view.section.remove(); views.delete(key); });
    (e.parts ?? []).forEach((part, i) => { const { section } = views.get(JSON.stringify([part.title, part.columns])); if (parts.children[i] !== section) parts.insertBefore(section, parts.children[i] ?? null); });
    below.replaceChildren(...notes(e));
    show(below, below.children.length);
    tests.replaceChildren(...e.tests.length ? testsOf(e.tests) : []);
    show(tests, e.tests.length);
    if (e.ms != null && words !== (words = `${why} ${is}`)) say(words);
  }
  draw();
  return on('shown', draw);
}
