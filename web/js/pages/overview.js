// The job at a glance: a verdict in words, six numbers, the pipeline, four charts, what the sinks hold.
import { h, text, attr, show, style, heading, iconButton, swatch } from '../dom.js';
import { on, now, can } from '../store.js';
import { plot } from '../plot.js';
import { spark } from '../shapes.js';
import { graphOf, perTime } from '../graph.js';
import { table } from '../table.js';
import { whenSeen } from '../frames.js';
import { colors, STEPS, stepName } from '../theme.js';
import { alertList } from '../alerts.js';
import { lazy } from '../lazy.js';
import { openNode, LEDGER } from '../node.js';
import { last, readRate, couldRate, lateRows, stateRows, watermarkOf, flowing, rate, slowest, quantile } from '../batches.js';
import { int, short, span, parted, bytes, byUnit, clock } from '../format.js';

const RECENT = 60, CALM_STATES = ['paused', 'stopped', 'failed', 'finished', 'idle', 'starting'];

function verdict(p) {
  const head = h('h1'), why = h('p'), error = h('pre.code.error'), bar = h('div.budget-bar', { role: 'img' }), free = h('span.budget-free');
  const parts = STEPS.map(step => ({ step, bar: h('i', { style: { background: `var(--s-${step})` } }), value: h('b') }));
  const budget = h('div.budget', bar, h('div.budget-keys', parts.map(part => h('span', swatch('s-' + part.step), stepName(part.step), part.value))));
  bar.append(...parts.map(part => part.bar), free);
  return { element: h('section.verdict', { label: 'Verdict' }, head, why, error, budget), update() {
    const entry = last(p), v = p.verdict ?? {}, took = entry?.took ?? 0, whole = Math.max(p.every_ms ?? 0, took, 1);
    text(head, v.head ?? p.state);
    text(why, v.text ?? '');
    attr(head, 'data-state', v.state ?? '');
    text(error, p.error?.message ?? '');
    show(error, p.error);
    show(budget, entry && !CALM_STATES.includes(v.state));
    if (!entry) return;
    for (const part of parts) {
      const ms = entry.steps?.[part.step] ?? 0;
      style(part.bar, 'flex-basis', `${(ms / whole * 100).toFixed(2)}%`);
      text(part.value, ms ? span(ms) : '–');
    }
    text(free, whole - took > whole * 0.15 ? `${span(whole - took)} to spare` : '');
    attr(bar, 'aria-label', `The last batch took ${span(took)}${p.every_ms ? ` of ${span(p.every_ms)}` : ''}`);
  } };
}

function stat(name, floor = 0) {
  const value = h('span'), unit = h('small'), note = h('span.sub'), line = spark(), element = h('div.stat', h('dt', name), h('dd', h('span.big', value, unit), note, line.element));
  return { element, set([shown, of = ''], words, list, tone = '') {
    text(value, shown);
    text(unit, of);
    text(note, words);
    attr(element, 'data-tone', tone);
    line.set(list, floor);
  } };
}

function numbers(p) {
  const all = [...['Rows a second', 'Behind', 'Batch time', 'Watermark', 'Dead letters'].map(name => stat(name)), stat('State', undefined)], [rows, lag, time, watermark, dead, state] = all;
  return { element: h('dl.strip', all.map(each => each.element)), update() {
    const list = p.batches.slice(-RECENT), entry = last(p), took = list.map(each => each.took), water = watermarkOf(entry), { ms, records } = p.lag ?? {};
    const minute = (count, words) => `${short((rate(p, count) ?? 0) * 60)} ${words}`;
    rows.set([short(rate(p, each => each.batch.numInputRows) ?? 0)], entry ? `could do ${short(p.verdict?.could ?? couldRate(entry))}/s` : 'nothing read yet', list.map(readRate));
    lag.set(parted(span(ms ?? (records === 0 ? 0 : null))), records == null ? 'not known' : records ? `${short(records)} records not read yet` : 'all is read', list.map(each => each.lag?.ms ?? each.lag?.records), p.verdict?.state === 'behind' ? 'warn' : '');
    time.set(parted(span(quantile(took, 0.5))), entry ? `95 % under ${span(quantile(took, 0.95))}` : '', took);
    watermark.set(water ? [parted(span(now() - water)).join(' '), 'ago'] : ['–'], water ? minute(lateRows, 'late a minute') : 'none', list.map(lateRows));
    state.set(entry ? [short(stateRows(entry)), 'rows'] : ['–'], entry ? `${bytes(entry.batch.state?.bytes)} on disk` : '', list.map(stateRows));
    dead.set([int(p.dead)], p.dead ? minute(each => each.batch.numDeadLetters, 'a minute') : 'none', list.map(each => each.batch.numDeadLetters));
  } };
}

function picture(p) {
  const box = h('div.graph-box', { tabindex: 0, role: 'region', label: 'Pipeline, scrolls sideways' });
  let face = null, width = 0;
  const size = whenSeen(box, update, () => update());
  function states(slow) {
    const entry = last(p), rates = p.edges.map((_, i) => rate(p, each => each.edges?.[i]));
    const into = id => rates.reduce((sum, r, i) => p.edges[i][1] === id ? sum + (r ?? 0) : sum, 0), out = {};
    for (const node of p.nodes) {
      const own = entry?.nodes?.[node.id], flow = rate(p, each => each.nodes?.[node.id]?.rows);
      const state = out[node.id] = { main: flow === null ? (node.kind === 'table' ? '' : '–') : perTime(node.kind === 'sink' ? into(node.id) : flow), side: '', share: flowing(p) && own?.ms ? own.ms / entry.took : 0, tone: '' };
      if (node.kind === 'source') {
        const lag = entry?.batch.sources?.find(each => each.name === node.name)?.lag;
        state.side = lag ? `${short(lag)} to read` : lag === 0 ? 'all read' : '';
        if (p.verdict?.state === 'behind') state.tone = 'warn';
      } else if (node.kind === 'sink') {
        const total = p.totals?.sinks?.find(each => each.name === node.name);
        state.side = total?.version != null ? `v${int(total.version)}` : node.promise ?? '';
      } else if (node.kind === 'view') {
        const kept = entry?.batch.stateOperators?.find(each => each.operatorName === node.name)?.numRowsTotal;
        state.side = kept !== undefined ? `${short(kept)} kept` : '';
      } else if (node.kind === 'table') { state.main = own?.rows ? `${int(own.rows)} rows` : node.detail ?? ''; }
      else {
        const bad = rate(p, each => each.batch.sources?.find(source => source.name === node.name)?.numDeadLetters ?? null) ?? into(node.id);
        const only = p.nodes.filter(each => each.kind === 'dead').length === 1;
        Object.assign(state, { main: only ? int(p.dead) : short(p.totals?.sources?.find(each => each.name === node.name)?.numDeadLetters ?? 0), side: bad > 0 ? '+' + perTime(bad) : '', tone: bad > 0 ? 'warn' : '' });
      }
    }
    return [out, rates, slow?.id];
  }
  function update() {
    const wide = box.clientWidth - 4;
    if (wide < 40) return;
    if (!face || Math.abs(wide - width) > 8) {
      width = wide;
      face = graphOf(p, node => openNode(node, p), wide);
      box.replaceChildren(face.element);
    }
    face.set(...states(slowest(p)));
  }
  return { element: box, update: () => size.touch(), pulse: () => face?.pulse(), destroy: size.stop };
}

function charts(p) {
  const shared = { x: 'time', sync: 'job', range: 120 * Math.max(1000, p.every_ms ?? 1000) };
  const rows = plot({ ...shared, kind: 'line', zero: true, height: 190, label: 'Rows a second', format: byUnit('/s'), axis: short, color: name => name === 'could do' ? colors.ink3 : colors.accent, dash: name => name === 'could do' ? [3, 4] : undefined });
  const steps = plot({ ...shared, kind: 'bar', stack: true, legend: false, height: 216, label: 'Batch time by step', format: span, color: (_, i) => colors.steps[STEPS[i]], thresholds: p.every_ms ? [{ at: p.every_ms, tone: 'bad', label: `trigger ${span(p.every_ms)}` }] : [] });
  const lag = plot({ ...shared, kind: 'area', height: 150, label: 'Behind', format: span, legend: false });
  const late = plot({ ...shared, kind: 'bar', stack: true, height: 150, label: 'Late rows and dead letters a batch', legend: false, color: name => name === 'dead letters' ? colors['warn-fill'] : colors.accent });
  const all = [rows, steps, lag, late], box = (chart, name, note) => h('div.chart-box', heading(name, note), chart.element);
  return { element: h('section.part.pair', { label: 'Charts' }, box(rows, 'Rows a second'), box(steps, 'Batch time by step', 'colours as above'),
    box(lag, 'Behind', 'the oldest record that is not published'), box(late, 'Late rows and dead letters', 'a batch')),
  update() {
    const list = p.batches;
    if (!list.length) return;
    const x = list.map(each => each.t), could = list.map((_, i) => { const near = list.slice(Math.max(0, i - 9), i + 1); return near.reduce((sum, each) => sum + couldRate(each), 0) / near.length; });
    rows.set({ x, series: [{ name: 'read', values: list.map(readRate) }, { name: 'could do', values: could }] });
    steps.set({ x, series: STEPS.map(step => ({ name: stepName(step), values: list.map(each => each.steps?.[step] ?? 0) })) });
    lag.set({ x, series: [{ name: 'behind', values: list.map(each => each.lag?.ms ?? null) }] });
    late.set({ x, series: [{ name: 'late rows', values: list.map(lateRows) }, { name: 'dead letters', values: list.map(each => each.batch.numDeadLetters ?? 0) }] });
    rows.describe(`${short(readRate(list.at(-1)))} a second, could do ${short(could.at(-1))}`);
    steps.describe(`${span(list.at(-1).took)} at ${clock(list.at(-1).t)}`);
  }, destroy: () => all.forEach(chart => chart.destroy()) };
}

function ledger(p) {
  const box = h('div.card');
  let view = null, known = '';
  return { element: h('section.part', { label: 'Sinks' }, heading('Sinks', 'Rows in and added are in one of the columns after them.'), box), update() {
    const sinks = p.totals?.sinks ?? [], columns = LEDGER.filter(([name, key]) => !['files', 'version', 'numAddedRows', 'numRowsWaiting'].includes(key) || sinks.some(sink => sink[key]));
    if (!view || known !== columns.join()) {
      known = columns.join();
      view = table({ label: 'What each sink holds', fixed: true, empty: 'Nothing is published yet.', columns: [{ name: 'sink' }, ...columns.map(([name, key]) => ({ name, number: true, format: key === 'numOutputBytes' ? bytes : int }))] });
      box.replaceChildren(view.element);
    }
    view.set(sinks.map(sink => [sink.name, ...columns.map(([, key]) => sink[key])]));
  } };
}

export function overviewPage(main, p) {
  const alerts = alertList(p), parts = [verdict(p), alerts, numbers(p), picture(p), charts(p), ledger(p)], [head, , strip, graph, plots, sinks] = parts;
  const waiting = h('p.part.faint', `Waiting for the first record${p.nodes.some(n => n.kind === 'source') ? ' of ' + p.nodes.filter(n => n.kind === 'source').map(n => `${n.name} (${n.label ?? n.type})`).join(', ') : ''}.`);
  main.append(h('div.hero', head.element, can('alerts') && h('section', { label: 'Alerts' }, heading('Alerts', null, iconButton('more', 'All alerts and their history', () => lazy('alerts')(p), { 'aria-haspopup': 'dialog' })), alerts.element)),
    strip.element, waiting, h('section.part', { label: 'Pipeline' }, heading('Pipeline', 'The bar of a box is its share of a batch’s time. Open a box for its SQL.'), graph.element), plots.element, sinks.element);
  const words = [head, alerts, strip, graph];
  function update(which = parts) {
    show(waiting, !p.batches.length && ['running', 'starting'].includes(p.state));
    show(plots.element, p.batches.length);
    which.forEach(part => part.update());
  }
  update();
  const ends = [on('batch', e => { if (e.pipeline === p.name) { update(); graph.pulse(); } }), ...['state', 'alert'].map(name => on(name, e => { if (e.pipeline === p.name) update(); })), on('tick', () => update(words))];
  return () => { ends.forEach(end => end()); parts.forEach(part => part.destroy?.()); };
}
