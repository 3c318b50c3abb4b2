// The newest lines of the log; it follows the end until one scrolls away from it.
import { h, text, show, title, button, searchBox, segment } from '../dom.js';
import { on, store } from '../store.js';
import { windowed } from '../table.js';
import { save } from '../overlay.js';
import { clock, int } from '../format.js';

const RANK = { debug: 0, info: 1, warn: 2, error: 3 };

export function page(main, p) {
  let least = 0, wanted = '', lines = [], unseen = 0;
  const row = i => h('div.window-row.line', { 'data-level': lines[i].level }, h('span.faint', clock(lines[i].t)), h('b', lines[i].level), h('span', lines[i].text));
  const list = windowed({ label: 'Log', rowHeight: 24, row }), count = h('span.faint'), news = button('', toEnd, { picture: 'down', kind: '.primary' });
  list.element.classList.add('lines', 'card');
  function toEnd() { unseen = 0; list.toEnd(); update(); }
  list.element.addEventListener('scroll', () => { if (unseen && list.atEnd()) { unseen = 0; update(); } }, { passive: true });
  const all = () => [...p.log, ...store.processLog].sort((a, b) => a.t - b.t);
  function update() {
    text(count, `${int(lines.length)} lines`);
    news.lastChild.textContent = `${int(unseen)} new`;
    show(news, unseen);
  }
  function draw(added = 0) {
    const follows = list.atEnd();
    lines = all().filter(line => RANK[line.level] >= least && (!wanted || line.text.toLowerCase().includes(wanted)));
    list.set(lines.length);
    if (follows) list.toEnd();
    else unseen += added;
    update();
  }
  main.append(title('Log', 'The newest lines of this pipeline and of the process.'), h('div.bar',
    segment('Least level', [[0, 'All'], [1, 'Info'], [2, 'Warnings'], [3, 'Errors']], 0, level => { least = level; draw(); }), searchBox('Search the log', v => { wanted = v; draw(); }), count,
    h('span.push'), news, button('Save', () => save(`${p.name}.log`, lines.map(line => `${new Date(line.t).toISOString()} ${line.level} ${line.text}\n`).join('')), { picture: 'save' })), list.element);
  draw();
  requestAnimationFrame(toEnd);
  return on('log', e => { if (!e.pipeline || e.pipeline === p.name) draw(e.lines.length); });
}
