// What the server has told, and who listens.
import { merge } from './rows.js';

const BATCHES_KEPT = 240, LINES_KEPT = 5000, INCIDENTS_KEPT = 100;

export const store = {
  hello: null,             // {version, run, mode, pipelines ...}
  pipelines: new Map(),    // name -> snapshot, kept up to date
  processLog: [],
  shown: null,             // what `sluice dev` shows
  link: 'connecting',      // connecting | open | lost | login | saved
  since: Date.now(), retryAt: 0,
  skew: 0,                 // the server's clock minus ours, ms
};
export const now = () => Date.now() + store.skew;
export const names = () => (store.hello?.pipelines ?? []).filter(name => store.pipelines.has(name));
export const isDev = () => store.hello?.mode === 'dev';
export const isDashboard = () => store.hello?.mode === 'dashboard';
/** When the page was saved into a file of its own, which has no server. */
export const savedAt = () => store.hello?.saved;
/** Whether the server has what the page would ask it for. */
export const can = feature => store.hello?.features?.includes(feature) ?? false;

const listeners = new Map();
/** Calls `told` after each event of that name ("link" is the connection's state); gives what ends it. */
export function on(name, told) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(told);
  return () => listeners.get(name).delete(told);
}
const tell = (name, data) => listeners.get(name)?.forEach(told => told(data));

export function setLink(state, retryIn = 0) {
  if (store.link !== state) store.since = Date.now();
  store.link = state;
  store.retryAt = retryIn ? Date.now() + retryIn : 0;
  tell('link', state);
}

function keep(list, added, most) {
  list.push(...added);
  if (list.length > most) list.splice(0, list.length - most);
}

/** Rows a millisecond of each batch need the time since the one before: from its start to this one's. */
function timed(entry, before) {
  const t = Date.parse(entry.batch.timestamp);
  const took = Math.max(entry.batch.batchDuration, 1);
  return { ...entry, t, took, ms: before && t > before.t ? Math.max(took, t - before.t) : took };
}

const apply = {
  hello(e) {
    if (store.hello && store.hello.run !== e.run) store.pipelines.clear();
    store.hello = e;
    store.skew = e.now - Date.now();
  },
  snapshot(e) {
    const known = store.pipelines.get(e.pipeline);
    const batches = [];
    for (const entry of e.batches ?? []) batches.push(timed(entry, batches.at(-1)));
    const fresh = {
      nodes: [], edges: [], charts: [], filters: [], alerts: [], incidents: [], reasons: [], log: [], dead: 0, totals: null, error: null,
      lag: batches.at(-1)?.lag ?? null, ...e, name: e.pipeline, batches, rows: known?.rows ?? new Map() };
    // What a page is built from is the same: it stays, with what was typed and chosen in it.
    const same = known && JSON.stringify([known.nodes, known.charts]) === JSON.stringify([fresh.nodes, fresh.charts]);
    store.pipelines.set(e.pipeline, same ? Object.assign(known, fresh) : fresh);
  },
  batch(e, p) {
    const last = p.batches.at(-1);
    if (last?.batch.batchId >= e.batch.batchId) return;
    keep(p.batches, [timed(e, last)], BATCHES_KEPT);
    for (const key of ['lag', 'dead', 'reasons', 'totals', 'verdict']) if (e[key] !== undefined) p[key] = e[key];
    p.step = null;
  },
  state(e, p) { Object.assign(p, { retrying: null, error: null }, e); },
  chart(e, p) {
    const chart = p.charts.find(each => each.id === e.chart);
    p.rows.set(e.chart, merge(p.rows.get(e.chart), e, chart?.range_ms));
  },
  log(e, p) {
    const lines = e.dropped ? [...e.lines, { t: e.lines.at(-1)?.t ?? now(), level: 'warn', text: `… ${e.dropped} lines were left out here` }] : e.lines;
    keep(p ? p.log : store.processLog, lines, LINES_KEPT);
  },
  alert(e, p) {
    const at = p.alerts.findIndex(each => each.id === e.alert?.id);
    if (at >= 0) p.alerts[at] = e.alert;
    else if (e.alert) p.alerts.push(e.alert);
    if (!e.incident) return;
    const same = p.incidents.findIndex(i => i.alert === e.incident.alert && i.key === e.incident.key && i.from === e.incident.from);
    if (same >= 0) p.incidents[same] = e.incident;
    else p.incidents.unshift(e.incident);
    p.incidents.length = Math.min(p.incidents.length, INCIDENTS_KEPT);
  },
  shown(e) { store.shown = e; },
  tick(e) {
    store.skew = e.now - Date.now();
    for (const [name, news] of Object.entries(e.pipelines ?? {})) {
      const p = store.pipelines.get(name);
      if (p) Object.assign(p, { step: null }, news);
    }
  },
};

/** Takes an event in; what is not known (a later protocol's) is left alone. */
export function receive(name, e) {
  const p = store.pipelines.get(e.pipeline);
  if (!apply[name] || (e.pipeline && !p && name !== 'snapshot')) return;
  apply[name](e, p);
  tell(name, e);
}

/** What a file that was saved has in it: {hello, snapshots, charts}, as events. */
export function showSaved({ hello, snapshots, charts }) {
  setLink('saved');
  receive('hello', hello);
  snapshots.forEach(e => receive('snapshot', e));
  charts.forEach(e => receive('chart', e));
}

/** All of it for another tab, which takes it in by `receive`. */
export function everything() {
  return [['hello', store.hello], ...names().map(name => {
    const { rows, ...rest } = store.pipelines.get(name);
    return ['snapshot', rest];
  }), ['log', { pipeline: '', lines: store.processLog }], ...store.shown ? [['shown', store.shown]] : []];
}
