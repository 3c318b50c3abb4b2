// Charts over an axis of numbers or times, on uPlot: lines, areas, bars, stacks of both, points.
/* global uPlot */
import { h, text, attr } from './dom.js';
import { colors, series, fade, solid, font, toneColor, onTheme } from './theme.js';
import { whenSeen } from './frames.js';
import { clock, day, short, int } from './format.js';

const NICE = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
const BAR_MAX = 36, NEAR_PX = 20, DAY_MS = 86_400_000;

function niceUp(v) {
  const power = 10 ** Math.floor(Math.log10(v));
  return power * NICE.find(n => n * power >= v * 0.9999);
}

/** The limits of y: they grow at once and shrink only when much is empty, so that the axis does not jump. */
function steady(zero, thresholds) {
  let kept = null;
  return (lo, hi) => {
    if (!Number.isFinite(lo) || !Number.isFinite(hi)) return [0, 1];
    for (const { at } of thresholds) {
      const height = hi - (zero ? 0 : lo) || Math.abs(hi) || 1;
      if (at > lo - height && at < hi + height * (zero ? 2 : 0.9)) [lo, hi] = [Math.min(lo, at), Math.max(hi, at)];
    }
    let wanted;
    if (zero && lo >= 0) wanted = [0, thresholds.some(t => t.at === hi) ? hi * 1.12 : niceUp(hi * 1.04 || 1)];
    else {
      const step = niceUp((hi - lo || Math.abs(hi) || 1) / 5);
      wanted = [Math.floor((lo - step * 0.2) / step) * step, Math.ceil((hi + step * 0.2) / step) * step];
      if (zero) wanted = [Math.min(0, wanted[0]), Math.max(0, wanted[1])];
    }
    if (!kept || wanted[0] < kept[0] || wanted[1] > kept[1] || wanted[1] - wanted[0] < (kept[1] - kept[0]) * 0.55) kept = wanted;
    return kept;
  };
}

/** Times with as much of the date as the visible length asks for. */
function timeLabel(t, length) {
  return length > 4 * DAY_MS ? day(t).slice(5) : length > DAY_MS ? `${day(t).slice(8)} ${clock(t, false)}` : clock(t, length < 480_000);
}

/**
 * A chart. spec: kind (line | area | bar | scatter), stack, label, height, x ("time" or "number"), format, axis (format of the axis),
 * xFormat, zero, thresholds [{at, tone, label}], sync, range (of x), color(name, i), dash(name), legend (default: from two series on),
 * step (bars without gaps, this wide), onpick(index).
 * set({x, series: [{name, values, sizes?}], of?: how many series there are}); with scatter x may repeat and is sorted.
 */
export function plot(spec) {
  const { kind, stack = false, thresholds = [], format = short } = spec;
  const bars = kind === 'bar', points = kind === 'scatter', time = spec.x === 'time';
  const xFormat = spec.xFormat ?? (time ? t => `${clock(t)}` : short);
  const hiddenNames = new Set();
  let data = null, chart = null, gap = 1, range = spec.range ?? null, hover = false, held = -1, known = '';

  const tip = h('div.tip', { hidden: true }), tipHead = h('div.tip-head'), tipRows = h('div');
  tip.append(tipHead, tipRows);
  const box = h('div.plot', { tabindex: 0, role: 'img', label: spec.label });
  box.style.minHeight = (spec.height ?? 200) + 'px';
  const legend = h('div.legend');
  const element = h('div.fill', legend, box);

  const names = () => data?.series.map(each => each.name) ?? [];
  const color = i => spec.color?.(names()[i], i) ?? series(i);
  // Of a stack the topmost comes first, since what is below is drawn over it.
  const order = () => names().map((_, i) => stack ? names().length - 1 - i : i);
  const shown = i => !hiddenNames.has(names()[i]);

  const more = () => data?.of > data?.series.length ? `the ${data.series.length} largest of ${int(data.of)}` : '';
  function legendKeys() {
    const on = spec.legend ?? names().length > 1;
    legend.replaceChildren(...(on ? names() : []).map((name, i) => h('button.key', { 'aria-pressed': String(shown(i)), title: 'Show or hide', onclick: e => {
      if (!hiddenNames.delete(name)) hiddenNames.add(name);
      attr(e.currentTarget, 'aria-pressed', shown(i));
      seen.touch();
    } }, h('i.swatch', { style: { background: color(i) } }), name, points ? null : h('b'))), more() && h('span.note', more()));
  }
  function latest() {
    data.series.forEach((each, i) => { const value = legend.children[i]?.lastChild; if (value && !points) text(value, each.values.at(-1) === null ? '' : format(each.values.at(-1))); });
  }

  function columns() {
    const lists = data.series.map((each, i) => shown(i) ? each.values : each.values.map(() => null));
    if (!stack) return [data.x, ...lists];
    const sums = [];
    let below = new Float64Array(data.x.length);
    for (const list of lists) {
      below = below.map((sum, i) => sum + (list[i] ?? 0));
      sums.unshift(below);
    }
    return [data.x, ...sums];
  }

  function barPath(self, column) {
    const fill = new Path2D(), xs = self.data[0], ys = self.data[column];
    const many = stack ? 1 : Math.max(1, names().filter((_, i) => shown(i)).length), place = stack ? 0 : names().filter((_, i) => i < column - 1 && shown(i)).length;
    const unit = Math.abs(self.valToPos(xs[0] + gap, 'x', true) - self.valToPos(xs[0], 'x', true));
    const whole = spec.step ? unit - devicePixelRatio : Math.min(unit * 0.76, BAR_MAX * many * devicePixelRatio);
    const wide = Math.max(1, whole / many), base = self.valToPos(Math.max(0, self.scales.y.min), 'y', true);
    for (let i = 0; i < xs.length; i++) {
      if (ys[i] == null || xs[i] < self.scales.x.min + gap * 0.4 || xs[i] > self.scales.x.max + gap) continue;
      const y = self.valToPos(ys[i], 'y', true);
      fill.rect(Math.round(self.valToPos(xs[i], 'x', true) - whole / 2 + wide * place), Math.min(y, base), Math.max(1, Math.floor(wide)), Math.abs(base - y));
    }
    return { fill, stroke: null, clip: null };
  }
  function pointPath(self, column) {
    const fill = new Path2D(), xs = self.data[0], ys = self.data[column], { sizes } = data.series[column - 1];
    for (let i = 0; i < xs.length; i++) {
      if (ys[i] == null) continue;
      const x = self.valToPos(xs[i], 'x', true), y = self.valToPos(ys[i], 'y', true), r = (sizes?.[i] ?? 3) * devicePixelRatio;
      fill.moveTo(x + r, y);
      fill.arc(x, y, r, 0, 7);
    }
    return { fill, stroke: fill, clip: null };
  }

  function look(i, width) {
    const c = color(i), base = { label: names()[i], points: { show: false }, spanGaps: false };
    if (points) return { ...base, stroke: fade(c, 0.9), width: 1, fill: fade(c, 0.4), paths: pointPath };
    if (bars) return { ...base, width: 0, fill: c, paths: barPath };
    // With more points than pixels a hairline is drawn many times faster.
    const fine = data.x.length > width * 2;
    if (stack) return { ...base, stroke: c, width: fine ? 1 : 1.25, fill: solid(c, colors.dark ? 0.45 : 0.32) };
    return { ...base, stroke: c, width: fine ? 1 / devicePixelRatio : 1.6, dash: spec.dash?.(base.label), fill: kind === 'area' ? fade(c, 0.15) : undefined };
  }

  function xRange(self, lo, hi) {
    if (!Number.isFinite(lo)) return [0, 1];
    const from = range ? Math.max(bars ? lo : -Infinity, hi - range) : lo;
    if (bars) return [from - gap / 2, hi + gap / 2];
    const pad = points ? (hi - from) * 0.03 || 1 : hi > from ? 0 : 1;
    return [from - pad, hi + pad];
  }

  function options(width, height) {
    const y = steady(spec.zero ?? (kind !== 'line' && !points), thresholds), length = self => self.scales.x.max - self.scales.x.min;
    return {
      width, height, ms: 1, padding: [8, 8, 0, 0], legend: { show: false },
      cursor: {
        sync: spec.sync ? { key: spec.sync, setSeries: false, scales: ['x', null] } : undefined,
        y: false, drag: { x: false, y: false },
        points: { show: !bars && !points, size: 7, width: 1.5, fill: colors.panel, stroke: (self, i) => color(order()[i - 1]) },
      },
      scales: { x: { time, range: xRange }, y: { range: (self, lo, hi) => y(lo, hi) } },
      axes: [
        { stroke: colors.ink3, font: font(), size: 26, gap: 6, space: 68, grid: { show: points, stroke: colors.line, width: 1 }, ticks: { show: !bars, stroke: colors.line2, width: 1, size: 4 },
          values: (self, list) => list.map(v => self.scales.x.max - v < length(self) * 20 / self.width ? '' : time ? timeLabel(v, length(self)) : xFormat(v)) },
        { stroke: colors.ink3, font: font(), gap: 6, space: 36, grid: { stroke: colors.line, width: 1 }, ticks: { show: false },
          size: (self, list) => list ? Math.max(30, ...list.map(each => each.length * 6.2 + 12)) : 40, values: (self, list) => list.map(v => (spec.axis ?? format)(v).replace(/\.0+(?=\D|$)/, '')) },
      ],
      series: [{}, ...order().map(i => look(i, width))],
      hooks: {
        drawAxes: [drawThresholds], setCursor: [moved],
        ready: [self => {
          self.over.append(tip);
          self.over.addEventListener('mouseenter', () => { hover = true; });
          self.over.addEventListener('mouseleave', () => { hover = false; tip.hidden = true; });
        }],
      },
    };
  }

  function drawThresholds(self) {
    const { ctx } = self, { left, top, width, height } = self.bbox, px = devicePixelRatio;
    for (const { at, tone, label } of thresholds) {
      const y = Math.round(self.valToPos(at, 'y', true)), ink = colors[tone] ?? colors.ink3;
      if (y < top || y > top + height) continue;
      ctx.save();
      if (tone === 'bad' || tone === 'warn') { ctx.fillStyle = fade(ink, 0.05); ctx.fillRect(left, top, width, y - top); }
      ctx.strokeStyle = ctx.fillStyle = ink;
      ctx.lineWidth = px;
      ctx.setLineDash([5 * px, 4 * px]);
      ctx.beginPath();
      ctx.moveTo(left, y + 0.5);
      ctx.lineTo(left + width, y + 0.5);
      ctx.stroke();
      ctx.font = font(11 * px);
      ctx.textAlign = 'right';
      ctx.textBaseline = 'bottom';
      if (label) ctx.fillText(label, left + width - 4 * px, y - 3 * px);
      ctx.restore();
    }
  }

  /** The point nearest to the pointer: [index, series]. */
  function nearest(self) {
    const { left, top } = self.cursor;
    let best = null, least = NEAR_PX ** 2;
    data.series.forEach((each, k) => shown(k) && each.values.forEach((v, i) => {
      if (v === null) return;
      const d = (self.valToPos(data.x[i], 'x') - left) ** 2 + (self.valToPos(v, 'y') - top) ** 2;
      if (d < least) [least, best] = [d, [i, k]];
    }));
    return best;
  }

  function moved(self) {
    const near = points && hover && data ? nearest(self) : null, i = points ? near?.[0] : self.cursor.idx;
    if (!hover || !data || i == null || self.cursor.left < 0) { tip.hidden = true; return; }
    text(tipHead, spec.tipHead?.(i) ?? (time && range > DAY_MS ? day(data.x[i]) + ' ' : '') + xFormat(data.x[i]));
    const list = order().filter(k => shown(k) && (points ? k === near[1] : data.series[k].values[i] !== null));
    tipRows.replaceChildren(...list.slice(0, 14).map(k => h('div.tip-row', h('i.swatch', { style: { background: color(k) } }), h('span', names()[k]), h('b', format(data.series[k].values[i])))));
    tip.hidden = !list.length;
    const { clientWidth: width, clientHeight: height } = self.over, { left, top } = self.cursor, wide = tip.offsetWidth;
    const x = left + wide + 22 > width && left > wide + 18 ? left - wide - 14 : left + 14;
    tip.style.transform = `translate(${Math.round(x)}px, ${Math.max(0, Math.min(top - 12, height - tip.offsetHeight))}px)`;
  }

  function build() {
    const width = Math.floor(box.clientWidth), height = Math.floor(box.clientHeight);
    if (width < 40 || !data) return;
    chart?.destroy();
    legendKeys();
    chart = new uPlot(options(width, height), columns(), box);
    latest();
  }
  function draw() {
    if (!data) return;
    const now = names().join('\n');
    if (!chart || now !== known) { known = now; build(); return; }
    // Otherwise uPlot draws all charts of a page in one go.
    chart.batch(() => chart.setData(columns()));
    latest();
    if (held >= 0) seek(held);
  }
  function resized() {
    const width = Math.floor(box.clientWidth), height = Math.floor(box.clientHeight);
    if (!chart) seen.touch();
    else if (width > 40 && (width !== chart.width || height !== chart.height)) chart.setSize({ width, height });
  }
  const seen = whenSeen(box, draw, resized), stopTheme = onTheme(() => { if (chart) build(); });

  /** Shows the values at a point as if the pointer were there, and says them. */
  function seek(i) {
    held = Math.max(0, Math.min(data.x.length - 1, i));
    hover = true;
    chart.setCursor({ left: chart.valToPos(data.x[held], 'x'), top: chart.over.clientHeight / 3 });
    attr(box, 'aria-label', `${spec.label}: ${tip.innerText.replaceAll('\n', ' ')}`);
  }
  function release() {
    held = -1;
    hover = false;
    tip.hidden = true;
  }
  box.addEventListener('keydown', e => {
    if (!chart || !data?.x.length) return;
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e9, End: 1e9 }[e.key];
    if (step) { e.preventDefault(); seek((held < 0 ? data.x.length - (step > 0 ? 1 : 0) : held) + step); }
    if (e.key === 'Enter' && held >= 0) spec.onpick?.(held);
    if (e.key === 'Escape') release();
  });
  box.addEventListener('blur', release);
  if (spec.onpick) box.addEventListener('click', () => { if (chart && chart.cursor.idx !== null) spec.onpick(chart.cursor.idx); });

  return {
    element,
    set(next) {
      data = next;
      const gaps = data.x.slice(-200).map((v, i, list) => i ? v - list[i - 1] : 0).filter(v => v > 0).sort((a, b) => a - b);
      gap = spec.step ?? gaps[gaps.length >> 1] ?? 1;
      seen.touch();
    },
    setRange(next) { range = next; seen.touch(); },
    describe(words) { if (held < 0) attr(box, 'aria-label', `${spec.label}: ${words}`); },
    canvas: () => chart?.ctx.canvas,
    legend: () => names().length < 2 ? [] : [...names().map((name, i) => [color(i), name]).filter((_, i) => shown(i)), ...more() ? [[colors.panel, more()]] : []],
    destroy() { seen.stop(); stopTheme(); chart?.destroy(); },
  };
}
