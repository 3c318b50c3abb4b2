// Points by degrees, true to shape at their middle latitude, over land in cells of one degree.
import { h } from './dom.js';
import { canvas, write } from './shapes.js';
import { colors, fade, toneColor, reached } from './theme.js';
import { short } from './format.js';
import { LAND, NORTH, SOUTH } from './land.js';

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', REACH_PX = 20;
let cells = null;

/** One byte a cell, from run lengths in digits of five bits (the sixth: more follow); sea first. */
function land() {
  if (cells) return cells;
  cells = new Uint8Array((NORTH - SOUTH) * 360);
  let at = 0, run = 0, isLand = 0;
  for (const letter of LAND) {
    const digit = DIGITS.indexOf(letter);
    run = run * 32 + (digit & 31);
    if (digit & 32) continue;
    if (isLand) cells.fill(1, at, at + run);
    at += run;
    run = 0;
    isLand ^= 1;
  }
  return cells;
}

function fitted(points, box, width, high) {
  const wider = (lo, hi, pad, least) => { const half = Math.max((hi - lo) / 2 * pad, least); return [(lo + hi) / 2 - half, (lo + hi) / 2 + half]; };
  const range = (key, pad, least) => wider(points.reduce((a, p) => Math.min(a, p[key]), Infinity), points.reduce((a, p) => Math.max(a, p[key]), -Infinity), pad, least);
  const [south, north] = box ? [box[0], box[2]] : range('lat', 1.18, 1), [west, east] = box ? [box[1], box[3]] : range('lon', 1.12, 1.5);
  const squeeze = Math.max(0.1, Math.cos((south + north) / 2 * Math.PI / 180)), scale = Math.min(width / ((east - west) * squeeze), high / (north - south));
  const [lat, lon] = [(south + north) / 2, (west + east) / 2];
  return { scale, squeeze, x: v => width / 2 + (v - lon) * squeeze * scale, y: v => high / 2 - (v - lat) * scale, lon: x => (x - width / 2) / (squeeze * scale) + lon, lat: y => lat - (y - high / 2) / scale };
}

function drawLand(ctx, view, width, high) {
  const mask = land(), space = view.scale * view.squeeze > 4 ? 1 : 0;
  ctx.fillStyle = colors.raise2;
  for (let lat = Math.max(SOUTH, Math.floor(view.lat(high))); lat < Math.min(NORTH, Math.ceil(view.lat(0))); lat++) {
    const top = Math.round(view.y(lat + 1)), bottom = Math.round(view.y(lat));
    for (let lon = Math.floor(view.lon(0)); lon <= view.lon(width); lon++) {
      if (!mask[(NORTH - 1 - lat) * 360 + ((lon + 180) % 360 + 360) % 360]) continue;
      const left = Math.round(view.x(lon));
      ctx.fillRect(left, top, Math.round(view.x(lon + 1)) - left - space, bottom - top - space);
    }
  }
}

function drawGrid(ctx, view, width, high) {
  const every = [0.25, 0.5, 1, 2, 5, 10, 20, 30].find(step => step * view.scale * view.squeeze > 90) ?? 45;
  ctx.strokeStyle = colors.line;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let lon = Math.ceil(view.lon(0) / every) * every; lon <= view.lon(width); lon += every) {
    const x = Math.round(view.x(lon)) + 0.5;
    ctx.moveTo(x, 0);
    ctx.lineTo(x, high);
    if (x > 20 && x < width - 40) write(ctx, `${Math.abs(lon)}°${lon < 0 ? 'W' : lon > 0 ? 'E' : ''}`, x + 4, high - 3, { base: 'bottom' });
  }
  for (let lat = Math.ceil(view.lat(high) / every) * every; lat <= view.lat(0); lat += every) {
    const y = Math.round(view.y(lat)) + 0.5;
    ctx.moveTo(0, y);
    ctx.lineTo(width, y);
    if (y > 16 && y < high - 22) write(ctx, `${Math.abs(lat)}°${lat < 0 ? 'S' : lat > 0 ? 'N' : ''}`, width - 4, y - 2, { align: 'right', base: 'bottom' });
  }
  ctx.stroke();
}

/** spec: thresholds, format, valueName, sizeName, box [south, west, north, east]. set([{lat, lon, size, value, name}]) */
export function map(spec) {
  let points = [], view = null, largest = 1;
  const radius = p => p.size === null ? 5 : 3 + 10 * Math.sqrt(Math.max(0, p.size / largest));
  const shown = canvas(spec, (ctx, width, high, hit) => {
    if (!points.length) return;
    view = fitted(points, spec.box, width, high);
    drawLand(ctx, view, width, high);
    drawGrid(ctx, view, width, high);
    for (const p of points) {
      const passed = reached(spec.thresholds, p.value), color = passed ? toneColor(passed.tone) : colors.accent, x = view.x(p.lon), y = view.y(p.lat), r = radius(p);
      const circle = more => { ctx.beginPath(); ctx.arc(x, y, r + more, 0, 7); };
      circle(0);
      ctx.fillStyle = fade(color, passed ? 0.75 : 0.5);
      ctx.fill();
      ctx.strokeStyle = color;
      ctx.lineWidth = 1.2;
      ctx.stroke();
      if (passed) { circle(4); ctx.stroke(); }
      if (hit?.key === p) { circle(2.5); ctx.strokeStyle = colors.ink; ctx.lineWidth = 2; ctx.stroke(); }
    }
  }, (x, y) => {
    if (!view) return null;
    let best = null, least = REACH_PX ** 2;
    for (const p of points) {
      const d = (view.x(p.lon) - x) ** 2 + (view.y(p.lat) - y) ** 2;
      if (d < least) [least, best] = [d, p];
    }
    return best && { key: best, head: best.name ?? `${best.lat}, ${best.lon}`, rows: [[spec.valueName, spec.format(best.value)], [spec.sizeName, short(best.size)]].filter(([name]) => name) };
  });
  const tones = (spec.thresholds ?? []).map(t => [t.tone, `${t.label ?? spec.valueName} from ${spec.format(t.at)}`]);
  const keys = h('div.scale', spec.sizeName && h('span', `${spec.sizeName} by area`), tones.map(([tone, words]) => h('span', h('i.dot', { style: { background: `var(--${tone}-fill)` } }), ' ' + words)));
  return { ...shown, element: h('div.fill', shown.element, keys), legend: () => tones.map(([tone, words]) => [toneColor(tone), words]), set(next) {
    points = next.filter(p => Number.isFinite(p.lat) && Number.isFinite(p.lon)).sort((a, b) => b.size - a.size);
    largest = points.reduce((most, p) => Math.max(most, p.size ?? 0), 1e-9);
    shown.describe(`${points.length} places`);
    shown.touch();
  } };
}
