// One chart of a dashboard: its frame, menu and states; and which drawing serves which kind.
import { h, $, text, show, attr, iconButton } from './dom.js';
import { plot } from './plot.js';
import { spark, lyingBars, donut, gauge, heatmap, write } from './shapes.js';
import { map } from './map.js';
import { table } from './table.js';
import { colors } from './theme.js';
import { dialog, save, csv } from './overlay.js';
import { savePicture } from './picture.js';
import { code, markdown } from './code.js';
import { count, values, columnOf, typeOf, timeColumn, rowsOf, filtered, newest, pivot, heaviest, parts } from './rows.js';
import { byUnit, percent, parted, short, stamp, clock, span, cell, int, duration } from './format.js';

const TALL = { number: 120, gauge: 150, donut: 168, table: 340, map: 400 }, TALL_ELSE = 236;
const COLUMNS_MAX = 500, LINES_MAX = 100;  // of a heat map
const EVEN = 0.0005;  // a change that is none

const units = chart => ({ label: chart.title, unit: chart.unit, format: byUnit(chart.unit, chart.digits), height: chart.height ?? TALL[chart.kind] ?? TALL_ELSE, thresholds: chart.thresholds });

function overTime(chart, options, context) {
  const stack = chart.kind !== 'line' && !!options.stack, adds = chart.kind !== 'line';
  let view = null, lying = false;
  const made = (isText, type) => isText && chart.kind === 'bar' ? lyingBars(units(chart))
    : plot({ ...units(chart), kind: chart.kind, stack, x: type === 'time' ? 'time' : 'number', zero: options.zero, sync: type === 'time' ? 'panels' : null,
      axis: ['ms', 'bytes'].includes(chart.unit) ? byUnit(chart.unit) : short, dash: name => [options.dash].flat().includes(name) ? [4, 4] : undefined,
      range: context.range });
  const element = h('div.fill');
  return { element, set(table) {
    const data = pivot(table, options, adds), type = typeOf(table, options.x), isText = data.text && chart.kind === 'bar';
    if (!view || lying !== isText) {
      view?.destroy();
      view = made(lying = isText, type);
      element.replaceChildren(view.element);
    }
    if (isText) {
      const sums = data.x.map((_, i) => data.series.reduce((sum, each) => sum + (each.values[i] ?? 0), 0));
      const order = data.x.map((_, i) => i);
      if (options.sort !== 'none' && options.sort !== options.x) order.sort((a, b) => sums[b] - sums[a]);
      const kept = order.slice(0, options.limit ?? 30);
      view.set({ names: kept.map(i => String(data.x[i] ?? 'NULL')), series: data.series.map(each => ({ ...each, values: kept.map(i => each.values[i]) })) });
    } else {
      view.set(data.text ? { ...data, x: data.x.map((_, i) => i) } : data);
      view.describe(data.series.map(each => `${each.name} ${byUnit(chart.unit, chart.digits)(each.values.at(-1))}`).join(', '));
    }
  }, setRange: ms => view?.setRange?.(ms), canvas: () => view?.canvas(), legend: () => view?.legend?.() ?? [], destroy: () => view?.destroy() };
}

function scatter(chart, options) {
  const view = plot({ ...units(chart), kind: 'scatter', x: options.time ? 'time' : 'number', format: byUnit(chart.unit, chart.digits), axis: short });
  return { ...view, set(table) {
    const xs = values(table, options.x), ys = values(table, options.y), by = options.by && values(table, options.by), size = options.size && values(table, options.size);
    const most = size ? size.reduce((a, b) => Math.max(a, b), 1e-9) : 1, order = xs.map((_, i) => i).sort((a, b) => xs[a] - xs[b]);
    const weights = new Map(), nameOf = i => by ? String(by[i] ?? 'NULL') : [options.y].flat()[0];
    xs.forEach((_, i) => weights.set(nameOf(i), (weights.get(nameOf(i)) ?? 0) + 1));
    const { names, of } = heaviest(weights), sizes = size && order.map(i => 2 + 9 * Math.sqrt(Math.max(0, size[i]) / most)), lists = new Map(names.sort().map(name => [name, Array(order.length).fill(null)]));
    order.forEach((i, k) => { const list = lists.get(nameOf(i)); if (list) list[k] = ys[i]; });
    view.set({ x: order.map(i => xs[i]), series: [...lists].map(([name, list]) => ({ name, values: list, sizes })), of });
    view.describe(`${count(table)} points`);
  } };
}

function histogram(chart, options) {
  let from = [], to = [], view = null;
  const element = h('div.fill'), unit = byUnit(chart.unit, chart.digits);
  return { element, canvas: () => view?.canvas(), destroy: () => view?.destroy(), set(table) {
    [from, to] = [values(table, 'from'), values(table, 'to')];
    const step = to[0] - from[0] || 1;
    if (view?.step !== step) {
      view?.destroy();
      view = plot({ ...units(chart), kind: 'bar', step, format: short, axis: short, legend: false, x: 'number', xFormat: unit, tipHead: i => `${unit(from[i])} to ${unit(to[i])}` });
      view.step = step;
      element.replaceChildren(view.element);
    }
    const counts = values(table, 'count');
    view.set({ x: from.map((v, i) => (v + to[i]) / 2), series: [{ name: options.name ?? 'rows', values: counts }] });
    const top = counts.indexOf(Math.max(...counts));
    view.describe(`most between ${unit(from[top])} and ${unit(to[top])}: ${short(counts[top])}`);
  } };
}

function bigNumber(chart, options) {
  const big = h('span.big'), delta = h('span.delta'), line = spark(), { format } = units(chart);
  function canvas() {
    const px = devicePixelRatio, out = h('canvas', { width: 240 * px, height: 90 * px }), ctx = out.getContext('2d'), tone = $('[data-tone]', delta)?.dataset.tone;
    ctx.scale(px, px);
    write(ctx, [...big.childNodes].map(each => each.textContent).join(' '), 0, 20, { size: 34, weight: 620, color: colors.ink });
    write(ctx, delta.textContent, 0, 48, { size: 12, color: colors[tone] ?? colors.ink2 });
    if (!line.element.hidden) line.paint(ctx, 0, 60, 240, 28);
    return out;
  }
  return { element: h('div.number', big, delta, line.element), canvas, set(table) {
    const t = timeColumn(table), history = values(table, options.value).length ? values(table, options.value) : values(table, 'value');
    const value = history.at(-1), times = t >= 0 ? table.data[t] : [];
    const [shown, unit] = chart.unit && /^[€$£¥]$/.test(chart.unit) ? [format(value), ''] : parted(format(value));
    big.replaceChildren(shown, unit ? h('small', unit) : '');
    const against = duration(options.against), since = against ? times.findLastIndex(at => at <= times.at(-1) - against) : -1;
    const before = columnOf(table, 'before') >= 0 ? values(table, 'before').at(-1) : since >= 0 ? history[since] : undefined;
    const change = !Number(before) ? null : value / before - 1;
    const tone = change === null || !options.good || Math.abs(change) < EVEN ? '' : (options.good === 'up') === change > 0 ? 'good' : 'bad';
    delta.replaceChildren(...change === null ? [' '] : [h('b', { 'data-tone': tone }, `${Math.abs(change) < EVEN ? '=' : change > 0 ? '▲' : '▼'} ${percent(Math.abs(change), 1)}`), against && since >= 0 ? ` vs ${span(against)} ago` : ' vs before']);
    show(line.element, options.spark !== false && history.length > 1);
    line.set(history.map(Number));
  } };
}

function tableView(chart, options) {
  let view = null, known = '';
  const element = h('div.fill');
  return { element, set(rows) {
    const names = rows.columns.map(c => c.name), chosen = Object.keys(options.columns ?? {}).filter(name => names.includes(name));
    const shown = chosen.length ? chosen : names;
    if (known !== shown.join('\n')) {
      known = shown.join('\n');
      const columns = shown.map(name => {
        const own = options.columns?.[name] ?? {}, type = typeOf(rows, name), isNumber = type === 'number';
        return { name: own.label ?? name, number: isNumber, bar: own.bar && isNumber, thresholds: own.thresholds,
          format: v => v === null ? '–' : isNumber && own.unit ? byUnit(own.unit, own.digits)(v) : isNumber && own.digits !== undefined ? byUnit('', own.digits)(v) : cell(v, type) };
      });
      const sort = options.sort ? [shown.indexOf(options.sort.replace('-', '')), options.sort[0] === '-' ? -1 : 1] : null;
      view = table({ label: chart.title, columns, sort: sort?.[0] >= 0 ? sort : null, search: options.search && 'Search', limit: options.limit ?? 200 });
      element.replaceChildren(view.element);
    }
    view.set(rowsOf({ ...rows, data: shown.map(name => values(rows, name)) }));
  } };
}

function heat(chart, options) {
  const view = heatmap({ ...units(chart), name: options.value });
  // More cannot be distinguished: of texts those with the largest sums, otherwise the newest or largest.
  const axis = (table, name, most) => {
    const type = typeOf(table, name), vs = values(table, options.value), sums = new Map();
    values(table, name).forEach((v, i) => sums.set(v, (sums.get(v) ?? 0) + Math.abs(vs[i] ?? 0)));
    let list = [...sums.keys()];
    if (type !== 'text') list = list.sort((a, b) => a - b).slice(-most);
    else if (list.length > most) { const kept = new Set(heaviest(sums, most).names); list = list.filter(v => kept.has(v)); }
    return { list, of: sums.size, names: list.map(v => type === 'time' ? stamp(v).slice(5, 16) : String(v ?? 'NULL')) };
  };
  return { ...view, set(table) {
    const x = axis(table, options.x, COLUMNS_MAX), y = axis(table, options.y, LINES_MAX), at = new Map(x.list.map((v, i) => [v, i])), line = new Map(y.list.map((v, i) => [v, i]));
    const out = Array(x.list.length * y.list.length).fill(null), [xs, ys, vs] = [options.x, options.y, options.value].map(name => values(table, name));
    vs.forEach((v, i) => { const k = line.get(ys[i]) * x.list.length + at.get(xs[i]); if (v !== null && k >= 0) out[k] = (out[k] ?? 0) + Number(v); });
    const rest = [x.of > x.list.length && `${int(x.list.length)} of ${int(x.of)} columns`, y.of > y.list.length && `${int(y.list.length)} of ${int(y.of)} lines`].filter(Boolean).join(', ');
    view.set({ xs: x.names, ys: y.names, values: out, rest });
  } };
}

function mapView(chart, options) {
  const view = map({ ...units(chart), box: options.box, sizeName: options.size, valueName: options.value });
  const column = (table, name) => name ? values(table, name) : [];
  return { ...view, set(table) {
    const [lat, lon, size, value, name] = ['lat', 'lon', 'size', 'value', 'name'].map(key => column(table, options[key]));
    view.set(lat.map((v, i) => ({ lat: v, lon: lon[i], size: size[i] ?? null, value: value[i] ?? null, name: name[i] ?? null })));
  } };
}

function viewOf(chart, context) {
  const { kind } = chart, options = chart.options ?? {};
  if (['line', 'area', 'bar'].includes(kind)) return overTime(chart, options, context);
  if (kind === 'donut') { const view = donut(units(chart)); return { ...view, set: t => view.set(parts(t, options.part, options.value, options.limit)) }; }
  if (kind === 'gauge') { const view = gauge({ ...units(chart), min: options.min, max: options.max }); return { ...view, set: t => view.set(values(t, options.value).at(-1) ?? null) }; }
  const make = { scatter, histogram, number: bigNumber, table: tableView, heatmap: heat, map: mapView }[kind];
  return make ? make(chart, options) : { element: h('p.said', `This page does not know charts of the kind ${kind}.`), set() {} };
}

const asCell = (v, type) => type === 'time' && v !== null ? new Date(v).toISOString() : v;

/** chart: as the snapshot has it; rows(): its data. context.range and context.filters are the dashboard's. */
export function panel(chart, rows, context) {
  const body = h('div.panel-body'), cut = h('span.unit');
  const button = chart.kind === 'markdown' ? null : iconButton('more', `Menu of ${chart.title}`, open, { 'aria-haspopup': 'true', 'aria-expanded': 'false' });
  const menu = h('div.menu', { hidden: true });
  const small = chart.kind === 'number' || chart.kind === 'gauge';
  const element = h('section.panel' + (small ? '.small' : ''), { label: chart.title, 'data-kind': chart.kind, style: { '--width': chart.width ?? (small ? 3 : 6) } },
    h('div.panel-head', h('h2', chart.title), ['number', 'gauge', 'donut'].includes(chart.kind) ? null : chart.unit && h('span.unit', chart.unit), cut, button), chart.help && h('p.note', chart.help), body, menu);
  let view = null;
  const tall = (chart.height ?? TALL[chart.kind] ?? TALL_ELSE) + 'px';
  const passing = () => filtered(rows(), context.filters());
  const ranged = () => { const all = passing(); return typeOf(all, chart.options?.x) === 'time' || chart.kind === 'number' ? newest(all, context.range) : all; };
  function close() { show(menu, false); button?.setAttribute('aria-expanded', 'false'); }
  function asTable() {
    const data = passing(), types = data.columns.map(c => c.type);
    const shown = table({ label: chart.title, height: 460, limit: 500, columns: data.columns.map((c, i) => ({ name: c.name, number: c.type === 'number', format: v => cell(v, types[i]) })) });
    shown.set(rowsOf(data).reverse());
    dialog(chart.title, shown.element);
  }
  const asCsv = () => { const data = passing(); save(chart.id + '.csv', csv(data.columns.map(c => c.name), rowsOf(data).map(row => row.map((v, i) => asCell(v, data.columns[i].type))), data.columns.map(c => c.type)), 'text/csv'); };
  function open() {
    if (!menu.hidden) { close(); return; }
    const act = (name, run) => h('button', { onclick: () => { close(); button.focus(); run(); } }, name);
    const hasRows = rows() && count(rows());
    menu.replaceChildren(...[view?.canvas?.() && act('Save as PNG', () => savePicture(chart, view)), hasRows && act('Save the rows as CSV', asCsv), hasRows && act('Show as a table', asTable),
      (chart.sql || chart.from) && act('Show the SQL', () => dialog(chart.title, code(chart.sql ?? `SELECT * FROM ${chart.from}`)))].filter(Boolean));
    if (!menu.children.length) menu.append(h('p.note', 'Nothing is there yet.'));
    show(menu, true);
    button.setAttribute('aria-expanded', 'true');
    menu.querySelector('button')?.focus();
  }
  element.addEventListener('keydown', e => { if (e.key === 'Escape' && !menu.hidden) { close(); button.focus(); } });
  element.addEventListener('focusout', e => { if (!menu.hidden && !element.contains(e.relatedTarget)) close(); });
  function say(...words) {
    view?.destroy?.();
    view = null;
    body.replaceChildren(...words);
  }
  if (chart.kind === 'markdown') body.append(markdown(chart.markdown ?? ''));
  else body.append(h('div.skeleton', { role: 'img', label: 'Loading', style: { 'min-height': tall } }));
  return {
    element,
    update() {
      const data = rows();
      if (chart.kind === 'markdown' || !data) return;
      text(cut, data.truncated ? `the first ${short(count(data))} of ${data.total ? short(data.total) : 'more'} rows` : '');
      if (data.error) {
        const { message, line, column } = data.error;
        say(h('div.said.error', h('b', 'The query of this chart failed.'), h('code', message), line && h('span', `line ${line}${column ? `, column ${column}` : ''}`)));
        return;
      }
      if (!count(data)) { say(h('p.said', { style: { 'min-height': tall } }, data.none ?? 'No rows yet.')); return; }
      const shown = ranged();
      if (!count(shown)) { say(h('p.said', { style: { 'min-height': tall } }, 'No row passes the filters.')); return; }
      if (!view) {
        say();
        view = viewOf(chart, context);
        body.append(view.element);
      }
      view.set(shown);
    },
    setRange() { view?.setRange?.(context.range); this.update(); },
    destroy() { view?.destroy?.(); attr(element, 'data-gone', true); },
  };
}
