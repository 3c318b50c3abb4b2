// Tables: one that sorts and searches, and a window over any number of rows.
import { h, text, show, style, searchBox } from './dom.js';
import { reached } from './theme.js';
import { int, exact } from './format.js';

function compare(a, b) {
  if (a === b) return 0;
  if (a == null) return 1;
  if (b == null) return -1;
  const [x, y] = [Number(a), Number(b)];
  return Number.isNaN(x) || Number.isNaN(y) ? String(a).localeCompare(String(b), undefined, { numeric: true }) : x - y;
}

/**
 * spec: label, columns [{name, number, format, exact (values as they are, NULL marked), bar, thresholds, wide, mono}], sort [column, 1 | -1], search, fixed (no sorting),
 * limit, height, empty, keyed (the first cell is a row's own: what moves is moved, not written again), onpick(row), picked(row). set(rows): arrays in the order of the columns; a cell may be an element.
 * While the pointer is in the table its order stays, so that nothing moves under the hand.
 */
export function table(spec) {
  const { columns, limit = 200 } = spec;
  let rows = [], sort = spec.sort ?? null, wanted = '', still = false, order = new Map();
  const body = h('tbody'), note = h('p.note');
  const state = i => sort?.[0] === i ? (sort[1] < 0 ? 'descending' : 'ascending') : 'none';
  function pickSort(i) {
    sort = [i, sort?.[0] === i ? -sort[1] : columns[i].number ? -1 : 1];
    heads.forEach((head, k) => head.setAttribute('aria-sort', state(k)));
    still = false;
    draw();
  }
  const heads = columns.map((column, i) => h('th', { scope: 'col', class: column.number && 'number-cell', 'aria-sort': spec.fixed ? null : state(i) },
    spec.fixed ? column.name : h('button', { onclick: () => pickSort(i) }, h('span', column.name), h('i.arrow'))));
  const scroll = h('div.scroll', { tabindex: 0, role: 'region', label: `${spec.label}, rows` }, h('table.grid', { label: spec.label }, h('thead', h('tr', heads)), body));
  if (spec.height) scroll.style.maxHeight = spec.height + 'px';
  scroll.addEventListener('pointerenter', e => { still = e.pointerType === 'mouse'; });
  scroll.addEventListener('pointerleave', () => { if (still) { still = false; draw(); } });
  const lines = new Map();

  function line(key) {
    if (lines.has(key)) return lines.get(key);
    const cells = columns.map(column => {
      const bar = column.bar && h('i.cell-bar'), value = h('span');
      return { bar, value, element: h('td', { class: [column.number && 'number-cell', column.wide && 'wide-cell', column.mono && 'mono', column.exact && 'exact'].filter(Boolean).join(' ') || null }, bar, value) };
    });
    const made = { cells, row: null, element: h('tr', cells.map(each => each.element)) };
    if (spec.onpick) {
      made.element.tabIndex = 0;
      made.element.addEventListener('click', () => spec.onpick(made.row));
      made.element.addEventListener('keydown', e => {
        if (e.key !== 'Enter') return;
        e.preventDefault();  // what onpick puts the focus on must not get the key, too
        spec.onpick(made.row);
      });
    }
    lines.set(key, made);
    return made;
  }
  function sorted(list) {
    if (!sort || spec.fixed) return list;
    const [i, way] = sort, key = row => String(row[0]);
    if (still && order.size) return [...list].sort((a, b) => (order.get(key(a)) ?? Infinity) - (order.get(key(b)) ?? Infinity) || 0);
    const out = [...list].sort((a, b) => way * compare(a[i], b[i]));
    order = new Map(out.map((row, n) => [key(row), n]));
    return out;
  }
  function paint(made, row, tops) {
    made.row = row;
    columns.forEach((column, i) => {
      const { value, bar, element } = made.cells[i], v = row[i];
      if (v instanceof Node) { if (value.firstChild !== v) value.replaceChildren(v); } else text(value, column.exact ? exact(v) : column.format ? column.format(v) : v ?? '');
      if (column.exact) element.classList.toggle('null', v === null);
      if (bar) style(bar, 'width', `${Math.max(0, v / tops[i] * 100).toFixed(1)}%`);
      if (column.thresholds) element.dataset.tone = reached(column.thresholds, v)?.tone ?? '';
    });
    if (spec.picked) made.element.setAttribute('aria-selected', String(spec.picked(row)));
  }
  function draw() {
    const list = wanted ? rows.filter(row => row.some(v => String(v).toLowerCase().includes(wanted))) : rows;
    const shown = sorted(list).slice(0, limit), tops = columns.map((column, i) => column.bar ? rows.reduce((most, row) => Math.max(most, row[i]), 1e-9) : 0);
    const left = new Map(lines);
    shown.forEach((row, k) => {
      const key = spec.keyed ? row[0] : k, made = line(key), there = body.children[k];
      left.delete(key);
      if (there !== made.element) body.insertBefore(made.element, there ?? null);
      paint(made, row, tops);
    });
    left.forEach((made, key) => { made.element.remove(); lines.delete(key); });
    text(note, !rows.length ? spec.empty ?? 'No rows yet.' : !list.length ? 'No row matches.' : list.length > shown.length ? `The first ${int(shown.length)} of ${int(list.length)} rows.` : spec.note ?? '');
    show(note, note.textContent);
  }
  return { element: h('div.table', spec.search && searchBox(spec.search, v => { wanted = v; draw(); }), scroll, note), set(next) { rows = next; draw(); } };
}

/**
 * A window over rows of one height, made only where they are seen. row(i) gives an element, or null while it is on its way.
 * With onpick(i) it is a list to choose from, by arrows, too.
 */
export function windowed({ label, rowHeight, row, onpick }) {
  const AROUND = 8;
  const inner = h('div.window-inner'), element = h('div.window', { tabindex: 0, role: onpick ? 'listbox' : 'region', label }, inner);
  const id = i => `${label.replaceAll(/\W/g, '-')}-${i}`;
  let total = 0, from = -1, to = -1, picked = -1, frame = 0;
  function draw(force) {
    frame = 0;
    const first = Math.max(0, Math.floor(element.scrollTop / rowHeight) - AROUND), last = Math.min(total, Math.ceil((element.scrollTop + element.clientHeight) / rowHeight) + AROUND);
    if (!force && first === from && last === to) return;
    [from, to] = [first, last];
    inner.replaceChildren(...Array.from({ length: Math.max(0, last - first) }, (_, k) => {
      const i = first + k, made = row(i) ?? h('div.window-row.faint', '…');
      made.style.top = i * rowHeight + 'px';
      if (!onpick) return made;
      for (const [name, value] of Object.entries({ role: 'option', id: id(i), 'aria-selected': i === picked, 'aria-posinset': i + 1, 'aria-setsize': total })) made.setAttribute(name, value);
      made.addEventListener('click', () => pick(i));
      return made;
    }));
    if (picked >= first && picked < last) element.setAttribute('aria-activedescendant', id(picked));
    else element.removeAttribute('aria-activedescendant');
  }
  function pick(i) {
    if (!total) return;
    picked = Math.max(0, Math.min(total - 1, i));
    const top = picked * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight) element.scrollTop = top + rowHeight - element.clientHeight;
    onpick(picked);
    draw(true);
  }
  element.addEventListener('scroll', () => { frame ||= requestAnimationFrame(() => draw(false)); }, { passive: true });
  if (onpick) element.addEventListener('keydown', e => {
    const page = Math.max(1, Math.floor(element.clientHeight / rowHeight) - 1);
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -1e9, End: 1e9 }[e.key];
    if (!step) return;
    e.preventDefault();
    pick((picked < 0 && step > 0 ? -1 : Math.max(0, picked)) + step);
  });
  new ResizeObserver(() => draw(true)).observe(element);
  return {
    element,
    set(count) { total = count; inner.style.height = `${count * rowHeight}px`; draw(true); },
    reset() { picked = -1; element.scrollTop = 0; },
    pick,
    toEnd() { element.scrollTop = total * rowHeight; },
    /** [from, to): the rows that are made. */
    range: () => [from, to],
    atEnd: () => element.scrollTop + element.clientHeight >= total * rowHeight - rowHeight * 1.5,
  };
}
