// Charts that the file declares, in tabs, with filters and one time range for all.
import { h, icon, text, button, segment, title } from '../dom.js';
import { on, isDashboard, savedAt } from '../store.js';
import { watch, api } from '../stream.js';
import { panel } from '../panel.js';
import { choices } from '../rows.js';
import { code } from '../code.js';
import { clock, stamp } from '../format.js';

const MINUTE = 60_000, RANGES = [[0, 'As set'], [5 * MINUTE, '5 min'], [15 * MINUTE, '15 min'], [60 * MINUTE, '1 h'], [Infinity, 'All']];
const EXAMPLE = 'charts:\n  shops: {from: shops, bar: {x: shop, y: orders}}\n';
export const tabsOf = p => [...new Set(p.charts.map(chart => chart.tab ?? 'Charts'))];

export function dashboardPage(main, p, arg, go) {
  const tabs = tabsOf(p), tab = tabs.includes(arg) ? arg : tabs[0], charts = p.charts.filter(chart => (chart.tab ?? 'Charts') === tab);
  if (!charts.length) {
    main.append(title('Dashboard'), h('div.card', h('p', 'The file declares no charts. A chart is a query, or the name of a view, and a kind:'), code(EXAMPLE, 'Example')));
    return;
  }
  let held = false, chosen = 0;
  const missed = new Set(), filters = {}, panels = new Map();
  const stopped = h('span.faint'), hold = button('Hold still', toggle, { picture: 'pause', 'data-hold': true, 'aria-pressed': 'false' });
  for (const chart of charts) {
    panels.set(chart.id, panel(chart, () => p.rows.get(chart.id), { get range() { return chosen === Infinity ? 0 : chosen || chart.range_ms || 0; }, filters: () => filters }));
  }
  function toggle() {
    held = !held;
    hold.setAttribute('aria-pressed', String(held));
    hold.replaceChildren(icon(held ? 'play' : 'pause'), held ? 'Go on' : 'Hold still');
    text(stopped, held ? `held at ${clock(Date.now())}` : '');
    if (!held) missed.forEach(id => panels.get(id)?.update());
    missed.clear();
  }
  const all = () => panels.forEach(each => each.update());
  const picks = (p.filters ?? []).map(name => {
    const select = h('select.pick', { label: `Only ${name}`, onchange: e => { filters[name] = e.target.value; all(); } });
    let known = null;
    return { element: select, update() {
      const list = choices(charts.map(chart => p.rows.get(chart.id)).filter(Boolean), name);
      if (list.join('\n') === known) return;
      known = list.join('\n');
      select.hidden = !list.length;
      select.replaceChildren(h('option', { value: '' }, `${name}: all`), ...list.map(v => h('option', v)));
      select.value = filters[name] ?? '';
    } };
  });
  const saved = savedAt();
  main.append(title(tab, saved ? `${p.name}, as it was at ${stamp(saved)}` : isDashboard() ? p.file : `${charts.filter(chart => chart.kind !== 'markdown').length} charts of ${p.name}, after each batch`), h('div.bar',
    tabs.length > 1 && segment('Tabs', tabs.map(each => [each, each]), tab, each => go('dashboard', each)), picks.map(each => each.element), h('span.push'), stopped,
    segment('Time range', RANGES, 0, ms => { chosen = ms; panels.forEach(each => each.setRange()); }), saved ? null : [hold, h('a.btn', { href: api(p.name, 'dashboard.html'), download: '', title: 'One HTML file with all charts, as they are now' }, icon('save'), 'Export')]),
    h('div.panels', [...panels.values()].map(each => each.element)));
  panels.forEach(each => each.update());
  picks.forEach(each => each.update());
  watch(charts.filter(chart => chart.kind !== 'markdown').map(chart => [p.name, chart.id]));
  const end = on('chart', e => {
    if (e.pipeline !== p.name || !panels.has(e.chart)) return;
    if (held) missed.add(e.chart);
    else panels.get(e.chart).update();
    picks.forEach(each => each.update());
  });
  return () => { end(); panels.forEach(each => each.destroy()); watch([]); };
}
