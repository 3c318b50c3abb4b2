// Alerts, in a list: first those that ask for something. All of them with their history are in lazy/alerts.js.
import { h, icon, text } from './dom.js';
import { now } from './store.js';
import { clock, span } from './format.js';

const PICTURE = { firing: 'dead', pending: 'help', silenced: 'pause', ok: 'check' };
export const mark = state => h('span.mark', icon(PICTURE[state] ?? 'help', 14));
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
