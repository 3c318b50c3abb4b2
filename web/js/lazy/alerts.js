// All alerts with their history, in a drawer; there they are silenced.
import { h, button } from '../dom.js';
import { post, api } from '../stream.js';
import { now } from '../store.js';
import { dialog, confirm, toast } from '../overlay.js';
import { clock, span, stamp } from '../format.js';
import { mark } from '../alerts.js';

async function silence(p, alert, key) {
  const ends = alert.state === 'silenced';
  try {
    const { until } = await post(api(p.name, 'alerts', alert.id, 'silence'), { for: ends ? '0s' : '1h', ...(key && { key }) });
    toast(ends ? `${alert.id} speaks again.` : `Silenced until ${clock(until, false)}.`);
  } catch (error) { toast(`Not silenced: ${error.message}`); }
}

export function open(p) {
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
