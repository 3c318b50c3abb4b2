// Alerts: those that want something, in a list; all of them with their history, in a drawer.
import { h, icon, text, button } from './dom.js';
import { post, api } from './stream.js';
import { now } from './store.js';
import { dialog, confirm, toast } from './overlay.js';
import { clock, span, stamp } from './format.js';

const PICTURE = { firing: 'dead', pending: 'help', silenced: 'pause', ok: 'check' };
const mark = state => h('span.mark', icon(PICTURE[state] ?? 'help', 14));
const since = alert => alert.state === 'silenced' ? `silenced until ${clock(alert.silenced_until, false)}` : `${alert.state} ${span(now() - alert.since)}`;

/** The list for the overview; update() after each change and each second. */
export function alertList(p) {
  const list = h('ul.alerts');
  let known = null, clocks = [];
  return { element: list, update() {
    const key = JSON.stringify(p.alerts.map(a => [a.id, a.state, a.text]));
    if (key !== known) {
      known = key;
      const loud = p.alerts.filter(a => a.state !== 'ok'), quiet = p.alerts.filter(a => a.state === 'ok');
      clocks = loud.map(alert => ({ alert, element: h('span.when') }));
      list.replaceChildren(...clocks.map(({ alert, element }) => h('li', { 'data-state': alert.state }, mark(alert.state), h('b', alert.title ?? alert.id), element, alert.text && h('span.what', alert.text))),
        quiet.length ? h('li', mark('ok'), h('span.what', 'quiet: ' + quiet.map(a => a.title ?? a.id).join(', '))) : '');
      if (!p.alerts.length) list.append(h('li', h('span.what', 'This file declares none.')));
    }
    for (const { alert, element } of clocks) text(element, since(alert));
  } };
}

async function silence(p, alert, key) {
  const ends = alert.state === 'silenced';
  try {
    const { until } = await post(api(p.name, 'alerts', alert.id, 'silence'), { for: ends ? '0s' : '1h', ...(key && { key }) });
    toast(ends ? `${alert.id} speaks again.` : `Silenced until ${clock(until, false)}.`);
  } catch (error) { toast(`Not silenced: ${error.message}`); }
}

export function openAlerts(p) {
  const ask = alert => alert.state === 'silenced' ? silence(p, alert)
    : confirm(`Silence ${alert.title ?? alert.id} for an hour?`, 'Nobody hears of it until then; this page still shows it.', 'Silence', () => silence(p, alert));
  const rule = alert => h('li', { 'data-state': alert.state }, mark(alert.state), h('b', alert.title ?? alert.id), h('span.when', [alert.severity, alert.to?.length && `to ${alert.to.join(', ')}`].filter(Boolean).join(' ')),
    h('span.what', alert.when), alert.text && h('span.what', alert.text),
    (alert.keys ?? []).filter(each => each.key).map(each => h('span.what', `${each.key}: ${each.state}`, each.text && `, ${each.text}`)),
    alert.state === 'ok' ? null : h('span.what', button(alert.state === 'silenced' ? 'Speak again' : 'Silence for an hour', () => ask(alert))));
  const incident = each => h('li', mark(each.to ? 'ok' : 'firing'), h('b', each.alert, each.key ? ` ${each.key}` : ''), h('span.when', each.to ? `${span(each.to - each.from)}, from ${stamp(each.from)}` : `now, for ${span(now() - each.from)}`), h('span.what', each.text));
  dialog('Alerts', h('div', h('h3', 'Rules'), p.alerts.length ? h('ul.alerts', p.alerts.map(rule)) : h('p.faint', 'The pipeline file declares none.'),
    h('h3', 'History'), p.incidents.length ? h('ul.alerts', p.incidents.map(incident)) : h('p.faint', 'Nothing has fired.')), { side: true });
}
