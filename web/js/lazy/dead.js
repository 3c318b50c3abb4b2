// Records that did not decode: by reason, one by one with their bytes, and sent through once more.
import { h, icon, text, show, heading, button, searchBox, segment } from '../dom.js';
import { get, post, api } from '../stream.js';
import { on } from '../store.js';
import { windowed } from '../table.js';
import { confirm, toast } from '../overlay.js';
import { int, clock, day, stamp, bytes, plural } from '../format.js';

const LETTERS_ASKED = 100, ROW = 32, PAGES_KEPT = 60, PAGES_AT_ONCE = 2, SCROLL_MS = 60;
const hex = (n, digits = 2) => n.toString(16).padStart(digits, '0');

const bytesOf = letter => letter.base64 !== undefined ? Uint8Array.from(atob(letter.base64), each => each.charCodeAt(0)) : new TextEncoder().encode(letter.text ?? '');
const textOf = letter => letter.text ?? new TextDecoder().decode(bytesOf(letter));

/** The text with the value of the column that did not decode marked, where it can be found. */
function marked(letter) {
  const words = textOf(letter), from = letter.column ? words.indexOf(`"${letter.column.split('.').at(-1)}"`) : -1;
  if (from < 0) return [words];
  const length = words.slice(from).search(/,\s*"|}\s*$|[\r\n]/), to = length < 0 ? words.length : from + length;
  return [words.slice(0, from), h('mark', words.slice(from, to)), words.slice(to)];
}
function replayedText({ replayed }) {
  return !replayed ? '' : replayed.waits ? ', waits' : `, replayed in batch ${replayed.batch}`;
}
function dump(letter) {
  const all = bytesOf(letter), out = [];
  for (let at = 0; at < all.length; at += 16) {
    const line = [...all.slice(at, at + 16)], digits = line.map((byte, i) => hex(byte) + (i === 7 ? '  ' : ' ')).join('').padEnd(50);
    out.push(h('span.faint', hex(at, 4) + '  '), digits + line.map(byte => byte > 31 && byte < 127 ? String.fromCharCode(byte) : '·').join('') + '\n');
  }
  return out;
}

export function page(main, p) {
  const wanted = { reason: '', source: '', q: '' };
  // The list stands still while new letters come: `total` is how many there were, `grown` how many came in front since.
  let total = 0, grown = 0, picked = null, chosen = -1, mode = 'text', turn = 0, pages = new Map(), asking = 0, underWay = 0;
  // Of all that are kept, also of earlier runs: by reason as the last answer had them, and how many.
  let found = null, kept = 0, then = p.dead;
  const dead = () => Math.max(p.dead, kept + p.dead - then);
  const narrowed = () => Object.values(wanted).some(Boolean);
  const head = h('h1'), reasons = h('div.reasons', { role: 'group', label: 'Reasons' }), detail = h('div.card.part', { role: 'region', label: 'Record' }), count = h('span.faint');
  const list = windowed({ label: 'Dead letters', rowHeight: ROW, row, onpick: i => { [picked, chosen] = [at(i) ?? null, i]; update(); showLetter(); } });
  const sources = p.nodes.filter(n => n.kind === 'source').map(n => n.name);
  const search = searchBox('Search in the records', v => { wanted.q = v; restart(); });
  const source = sources.length > 1 && h('select.pick', { label: 'Source', onchange: e => { wanted.source = e.target.value; restart(); } }, h('option', { value: '' }, 'all sources'), sources.map(name => h('option', name)));
  const news = button('', () => restart(), { kind: '.quiet' }), replayShown = button('', askShown, { picture: 'replay' }), replayAll = button('', askAll, { picture: 'replay', kind: '.primary' });
  list.element.classList.add('letters', 'card');
  main.append(h('div.title', head, h('p', 'Kept with their bytes, place and reason, in the same commit as the batch.')),
    h('div.dead', h('section', { label: 'By reason' }, heading('Reasons'), reasons), h('section', { label: 'Records' }, h('div.bar', search, source, count, news, h('span.push'), replayShown, replayAll), list.element, detail)));

  const at = i => pages.get(Math.floor(i / LETTERS_ASKED))?.[i % LETTERS_ASKED];
  function row(i) {
    const letter = at(i);
    if (!letter) { need(Math.floor(i / LETTERS_ASKED)); return null; }
    return h('div.window-row.letter', h('span', Date.now() - letter.time > 72e6 ? day(letter.time).slice(5) + ' ' + clock(letter.time, false) : clock(letter.time)), h('span', letter.replayed && h('span.faint', letter.replayed.waits ? 'waits: ' : 'replayed: '), letter.reason), h('span.faint', letter.place.replace(letter.source + ' ', '')), h('span.mono', textOf(letter).slice(0, 160)));
  }
  // What scrolls past is not asked for: while answers are slow, only what is seen when one comes.
  function need(n) { if (!pages.has(n)) asking ||= setTimeout(loadSeen, SCROLL_MS); }
  function loadSeen() {
    asking = 0;
    const [from, to] = list.range();
    for (let n = Math.floor(from / LETTERS_ASKED); n * LETTERS_ASKED < to && underWay < PAGES_AT_ONCE; ++n) load(n);
  }
  async function load(n) {
    if (pages.has(n)) return;
    pages.set(n, null);
    if (pages.size > PAGES_KEPT) pages.delete(pages.keys().next().value);
    const mine = turn, ask = from => get(`${api(p.name, 'dead-letters')}?${new URLSearchParams({ from, limit: LETTERS_ASKED, ...wanted })}`);
    let failed = false;
    underWay++;
    try {
      let answer = await ask(n * LETTERS_ASKED + grown);
      if (mine !== turn) return;
      if (n === 0 && !total) total = answer.total;
      // Letters that came since move the rest down.
      if (answer.total - total !== grown) { grown = Math.max(0, answer.total - total); answer = await ask(n * LETTERS_ASKED + grown); }
      if (mine !== turn) return;
      pages.set(n, answer.rows);
      found = answer.reasons;
      if (!wanted.source && !wanted.q && answer.total - total === grown) [kept, then] = [found.reduce((sum, each) => sum + each.count, 0), p.dead];
      list.set(total);
      if (n === 0 && !picked && chosen < 0 && answer.rows.length && innerWidth > 820) { picked = answer.rows[0]; showLetter(); }
      if (!picked && at(chosen)) { picked = at(chosen); showLetter(); }
    } catch (error) {
      if (mine !== turn) return;
      pages.delete(n);
      failed = true;
      detail.replaceChildren(h('p.bad', `The records cannot be read: ${error.message}`), button('Try again', restart));
    } finally {
      underWay--;
      if (!failed) loadSeen();
    }
    update();
  }
  function restart() {
    turn++;
    [total, grown, picked, chosen, pages] = [0, 0, null, -1, new Map()];
    list.reset();
    list.set(0);
    load(0);
    update();
    showLetter();
  }

  function update() {
    text(head, dead() ? plural(dead(), 'dead letter') : 'No dead letters');
    text(count, pages.get(0) === null ? 'Looking …' : narrowed() ? `${int(total)} of ${int(dead())}` : '');
    const more = narrowed() ? grown : Math.max(grown, p.dead - then), sums = found ?? p.reasons;
    text(news, `${int(more)} new`);
    show(news, total && more > 0);
    show(replayShown, narrowed());
    replayShown.lastChild.textContent = `Replay these ${int(total)}`;
    replayAll.lastChild.textContent = `Replay all ${int(dead())}`;
    replayShown.disabled = !total;
    replayAll.disabled = !dead();
    const most = sums.reduce((a, r) => Math.max(a, r.count), 1);
    sums.forEach((each, i) => {
      if (!reasons.children[i]) reasons.append(h('button', { onclick: () => { const now = (found ?? p.reasons)[i].reason; wanted.reason = wanted.reason === now ? '' : now; restart(); } }, h('span'), h('b'), h('i')));
      const [name, value, bar] = reasons.children[i].children;
      text(name, each.reason);
      text(value, int(each.count));
      bar.style.width = `${each.count / most * 100}%`;
      reasons.children[i].setAttribute('aria-pressed', String(each.reason === wanted.reason));
    });
    while (reasons.children.length > sums.length) reasons.lastChild.remove();
  }

  async function replay(what) {
    try {
      const { accepted, rejected } = await post(api(p.name, 'dead-letters', 'replay'), what);
      toast(`${int(accepted)} go with the next batch${rejected ? `, ${int(rejected)} did already` : ''}.`);
      restart();
    } catch (error) { toast(`Not replayed: ${error.message}`); }
  }
  const ask = (n, what) => confirm(`Replay ${plural(n, 'record')}?`, 'They are read again, with the schema as it is now. Those that decode go to the sinks, once; the others stay here.', 'Replay', () => replay(what));
  function askShown() { ask(total, { ...wanted }); }
  function askAll() { ask(dead(), { reason: '', source: '', q: '' }); }

  function showLetter() {
    const letter = picked;
    if (!letter) { detail.replaceChildren(h('p.faint', dead() ? 'Choose a record to see its bytes.' : 'All that was read did decode.')); return; }
    const shown = h('pre.code', { tabindex: 0, role: 'region', label: 'Bytes' });
    const fill = () => { shown.className = `code ${mode}`; shown.replaceChildren(...mode === 'hex' ? dump(letter).flat() : marked(letter)); };
    fill();
    const cut = letter.size > bytesOf(letter).length ? `, the first ${bytes(bytesOf(letter).length)} of` : ',';
    detail.replaceChildren(heading(letter.reason, null, h('span.push'), segment('Show as', [['text', 'Text'], ['hex', 'Hex']], mode, next => { mode = next; fill(); })),
      h('p.faint', `${letter.place}, ${stamp(letter.time)}${cut} ${bytes(letter.size)}${replayedText(letter)}`), shown,
      h('div.row', button('Replay this one', () => ask(1, { ids: [letter.id] }), { picture: 'replay' }), h('a.btn', { href: api(p.name, 'dead-letters', letter.id, 'bytes'), download: '' }, icon('save'), 'Save the bytes')));
  }
  restart();
  const end = on('batch', e => { if (e.pipeline === p.name) { if (p.dead && !pages.get(0)?.length && pages.get(0) !== null && !narrowed()) restart(); update(); } });
  return () => { end(); turn++; list.set(0); };
}
