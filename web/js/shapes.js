// Charts without an axis of numbers, on a canvas: lying bars, donut, gauge, heat map. And sparklines.
import { h, s, attr } from './dom.js';
import { colors, series, ramp, font, fade, toneColor, reached, onTheme } from './theme.js';
import { whenSeen } from './frames.js';
import { percent, short } from './format.js';

/** A small line without axes. set(values, floor): from `floor` up, otherwise from the least value. */
export function spark() {
  const line = s('path.spark-line'), area = s('path.spark-area');
  const element = s('svg.spark', { viewBox: '0 0 120 28', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, area, line);
  return { element, set(list, floor) {
    const known = list.filter(v => v != null).slice(-240);
    if (known.length < 2) { attr(line, 'd', ''); attr(area, 'd', ''); return; }
    const lo = Math.min(...known, floor ?? Infinity), hi = Math.max(...known), height = hi - lo || 1;
    const path = known.map((v, i) => `${i ? 'L' : 'M'}${(i / (known.length - 1) * 120).toFixed(1)} ${(26 - (v - lo) / height * 24).toFixed(1)}`).join('');
    attr(line, 'd', path);
    attr(area, 'd', path + 'L120 28L0 28Z');
  }, paint(ctx, x, y, width, height) {
    ctx.translate(x, y);
    ctx.scale(width / 120, height / 28);
    ctx.fillStyle = fade(colors.accent, 0.12);
    ctx.fill(new Path2D(area.getAttribute('d')));
    ctx.strokeStyle = colors.accent;
    ctx.stroke(new Path2D(line.getAttribute('d')));
  } };
}

/** A canvas that is drawn again when data, size or theme change. paint(ctx, width, height, hit); find(x, y, width, height) -> {key, head, rows}. */
export function canvas({ height, label }, paint, find = () => null) {
  const picture = h('canvas'), tip = h('div.tip', { hidden: true });
  const element = h('div.canvas', { role: 'img', label }, picture, tip);
  let hit = null, size = null;
  element.style.minHeight = height + 'px';
  function draw() {
    const width = element.clientWidth, high = element.clientHeight, px = devicePixelRatio;
    if (width < 20) return;
    if (picture.width !== Math.round(width * px) || picture.height !== Math.round(high * px)) [picture.width, picture.height] = [Math.round(width * px), Math.round(high * px)];
    const ctx = picture.getContext('2d');
    ctx.setTransform(px, 0, 0, px, 0, 0);
    ctx.clearRect(0, 0, width, high);
    size = [width, high];
    paint(ctx, width, high, hit);
  }
  const seen = whenSeen(element, draw), stopTheme = onTheme(seen.touch);
  function point(x, y) {
    const found = size && find(x, y, ...size);
    if (found?.key !== hit?.key) seen.touch();
    hit = found;
    tip.hidden = !hit;
    if (!hit) return;
    tip.replaceChildren(h('div.tip-head', hit.head), ...hit.rows.map(([name, value]) => h('div.tip-row', h('span', name), h('b', value))));
    const wide = tip.offsetWidth;
    tip.style.transform = `translate(${Math.max(0, x + 14 + wide > size[0] ? x - wide - 14 : x + 14)}px, ${Math.max(0, Math.min(y - 10, size[1] - tip.offsetHeight))}px)`;
  }
  element.addEventListener('pointermove', e => { const box = element.getBoundingClientRect(); point(e.clientX - box.left, e.clientY - box.top); });
  element.addEventListener('pointerleave', () => { tip.hidden = true; if (hit) { hit = null; seen.touch(); } });
  return { element, touch: seen.touch, canvas: () => picture, describe: words => attr(element, 'aria-label', `${label}: ${words}`),
    destroy() { seen.stop(); stopTheme(); } };
}

export function write(ctx, words, x, y, { size = 11, weight = 400, color = colors.ink3, align = 'left', base = 'middle', most = 0 } = {}) {
  ctx.font = font(size, weight);
  ctx.fillStyle = color;
  ctx.textAlign = align;
  ctx.textBaseline = base;
  let shown = String(words);
  if (most && ctx.measureText(shown).width > most) {
    while (shown.length > 1 && ctx.measureText(shown + '…').width > most) shown = shown.slice(0, -1);
    shown += '…';
  }
  ctx.fillText(shown, x, y);
}
function ring(ctx, x, y, radius, from, to, width, color) {
  ctx.beginPath();
  ctx.arc(x, y, radius, from, Math.max(from, to));
  ctx.lineWidth = width;
  ctx.strokeStyle = color;
  ctx.stroke();
}

/** Bars by name. set({names, series: [{name, values}]}): several series are stacked. */
export function lyingBars(spec) {
  let data = null;
  const sum = i => data.series.reduce((all, each) => all + (each.values[i] ?? 0), 0);
  const row = high => Math.min(34, high / Math.max(1, data.names.length));
  const view = canvas(spec, (ctx, width, high, hit) => {
    if (!data) return;
    const line = row(high), top = Math.max(...data.names.map((_, i) => sum(i)), 1e-9), left = Math.min(150, width * 0.34), room = width - left - 64;
    data.names.forEach((name, i) => {
      const y = (i + 0.5) * line, thick = Math.min(16, line - 4), passed = reached(spec.thresholds, sum(i));
      write(ctx, name, 0, y, { size: 12, color: hit?.key === i ? colors.ink : colors.ink2, most: left - 10 });
      let x = left;
      data.series.forEach((each, k) => {
        const wide = Math.max(0, (each.values[i] ?? 0) / top * room);
        ctx.fillStyle = passed && data.series.length === 1 ? toneColor(passed.tone) : series(k);
        ctx.fillRect(x, y - thick / 2, Math.max(0, wide - (data.series.length > 1 ? 1 : 0)), thick);
        x += wide;
      });
      write(ctx, spec.format(sum(i)), x + 7, y, { size: 12, weight: 550, color: colors.ink });
    });
  }, (x, y, width, high) => {
    const i = data ? Math.floor(y / row(high)) : -1;
    return i >= 0 && i < data.names.length ? { key: i, head: data.names[i], rows: data.series.map(each => [each.name, spec.format(each.values[i])]) } : null;
  });
  return { ...view, legend: () => data.series.length > 1 ? data.series.map((each, k) => [series(k), each.name]) : [], set(next) {
    data = next;
    view.element.style.minHeight = Math.max(spec.height, data.names.length * 24) + 'px';
    view.describe(data.names.slice(0, 12).map((name, i) => `${name} ${spec.format(sum(i))}`).join(', '));
    view.touch();
  } };
}

/** Parts of a whole. set([[name, value]...]) */
export function donut(spec) {
  let data = [], total = 0;
  const list = h('ul.parts');
  const view = canvas({ ...spec, height: 168 }, (ctx, width, high) => {
    const [x, y] = [width / 2, high / 2], radius = Math.min(width, high) / 2 - 14;
    let from = -Math.PI / 2;
    data.forEach(([, value], i) => {
      const to = from + Math.max(0, value) / (total || 1) * Math.PI * 2, space = data.length > 1 ? 0.016 : 0;
      ring(ctx, x, y, radius, from + space, to - space, 21, series(i));
      from = to;
    });
    write(ctx, short(total), x, y - (spec.unit ? 5 : 0), { size: 23, weight: 620, color: colors.ink, align: 'center' });
    if (spec.unit) write(ctx, spec.unit, x, y + 15, { size: 12, align: 'center' });
  });
  view.element.classList.add('donut');
  const words = ([name, value]) => `${name} ${percent(value / (total || 1))}`;
  return { ...view, element: h('div.donut-box', view.element, list), legend: () => data.map((part, i) => [series(i), `${words(part)} (${spec.format(part[1])})`]), set(next) {
    data = next;
    total = data.reduce((sum, [, value]) => sum + Math.max(0, value), 0);
    list.replaceChildren(...data.map(([name, value], i) => h('li', h('i.swatch', { style: { background: `var(--c${i % 7 + 1})` } }), h('span', name),
      h('span.faint', spec.format(value)), h('b', percent(value / (total || 1))))));
    view.describe(data.map(words).join(', '));
    view.touch();
  } };
}

/** An arc of 240 degrees with its thresholds. set(value) */
export function gauge(spec) {
  const { min = 0, max = 100, thresholds = [] } = spec, from = Math.PI * 5 / 6, to = Math.PI * 13 / 6;
  const angle = v => from + (to - from) * Math.min(1, Math.max(0, (v - min) / (max - min)));
  let value = null;
  const view = canvas({ ...spec, height: spec.height ?? 150 }, (ctx, width, high) => {
    const radius = Math.min(width * 0.36, (high - 34) / 1.6), x = width / 2, y = radius + 18, hit = reached(thresholds, value);
    ring(ctx, x, y, radius, from, to, 14, colors.raise2);
    if (value !== null) ring(ctx, x, y, radius, from, angle(value), 14, hit ? toneColor(hit.tone) : colors.accent);
    for (const each of thresholds) ring(ctx, x, y, radius + 11, angle(each.at), to, 3, toneColor(each.tone));
    write(ctx, spec.format(value), x, y - 2, { size: Math.min(30, radius * 0.42), weight: 620, color: colors.ink, align: 'center' });
    if (hit?.label) write(ctx, hit.label, x, y + radius * 0.32, { size: 12, align: 'center', color: colors.ink2 });
    write(ctx, spec.format(min), x + Math.cos(from) * radius, y + radius * 0.5 + 20, { align: 'center' });
    write(ctx, spec.format(max), x - Math.cos(from) * radius, y + radius * 0.5 + 20, { align: 'center' });
  });
  return { ...view, set(next) {
    const hit = reached(thresholds, value = next);
    view.describe(`${spec.format(value)}, from ${spec.format(min)} to ${spec.format(max)}${hit ? ', ' + (hit.label ?? hit.tone) : ''}`);
    view.touch();
  } };
}

/** set({xs, ys, values}): texts of the columns and lines, values line by line from the top. */
export function heatmap(spec) {
  let data = null, lo = 0, hi = 1, left = 60;
  const bottom = 24, top = 2, low = h('span'), high = h('span'), rest = h('span');
  const cell = (width, tall) => [(width - left) / data.xs.length, (tall - bottom - top) / data.ys.length];
  const view = canvas(spec, (ctx, width, tall, hit) => {
    if (!data?.xs.length) return;
    ctx.font = font();
    left = Math.min(width * 0.3, 12 + Math.max(...data.ys.map(y => ctx.measureText(y).width)));
    const [wide, line] = cell(width, tall), space = wide > 6 ? 1 : 0;
    data.values.forEach((v, i) => {
      const x = left + i % data.xs.length * wide, y = top + Math.floor(i / data.xs.length) * line;
      ctx.fillStyle = v === null ? fade(colors.line, 0.4) : ramp((v - lo) / (hi - lo || 1));
      ctx.fillRect(x, y, wide - space, line - space);
    });
    const everyLine = Math.ceil(14 / line), widest = Math.max(...data.xs.map(x => ctx.measureText(x).width)), everyColumn = Math.ceil((widest + 12) / wide);
    data.ys.forEach((name, i) => { if (i % everyLine === 0) write(ctx, name, left - 8, top + (i + 0.5) * line, { align: 'right', most: left - 8 }); });
    data.xs.forEach((name, i) => {
      const x = left + (i + 0.5) * wide;
      if (i % everyColumn === 0 && x + widest / 2 < width) write(ctx, name, x, tall - bottom + 7, { align: 'center', base: 'top' });
    });
    if (hit) { ctx.strokeStyle = colors.ink; ctx.lineWidth = 1.5; ctx.strokeRect(left + hit.x * wide - 0.5, top + hit.y * line - 0.5, wide, line); }
  }, (px, py, width, tall) => {
    if (!data?.xs.length) return null;
    const [wide, line] = cell(width, tall), x = Math.floor((px - left) / wide), y = Math.floor((py - top) / line);
    if (x < 0 || y < 0 || x >= data.xs.length || y >= data.ys.length) return null;
    const v = data.values[y * data.xs.length + x];
    return { key: `${x} ${y}`, x, y, head: `${data.ys[y]}, ${data.xs[x]}`, rows: [[spec.name, v === null ? 'no rows' : spec.format(v)]] };
  });
  return { ...view, element: h('div.fill', view.element, h('div.scale', low, h('i.ramp'), high, rest)), legend: () => [[ramp(0), low.textContent], [ramp(1), high.textContent]], set(next) {
    data = next;
    const known = data.values.filter(v => v !== null);
    lo = known.reduce((a, b) => Math.min(a, b), Infinity);
    hi = known.reduce((a, b) => Math.max(a, b), -Infinity);
    rest.textContent = data.rest ?? '';
    low.textContent = spec.format(Number.isFinite(lo) ? lo : null);
    high.textContent = spec.format(Number.isFinite(hi) ? hi : null);
    view.describe(`${data.xs.length} by ${data.ys.length}, from ${low.textContent} to ${high.textContent}`);
    view.touch();
  } };
}
