// Colours for canvases, read from the tokens of app.css; and the choice between light, dark and the system's.
import { h } from './dom.js';

export const STEPS = ['plan', 'read', 'decode', 'sql', 'stage', 'commit', 'publish'];
export const stepName = step => step === 'sql' ? 'SQL' : step;

export const colors = { series: [], steps: {}, heat: [] };
const probe = h('i', { hidden: true });
const themeListeners = new Set();

function resolve(token) {
  probe.style.color = `var(--${token})`;
  return getComputedStyle(probe).color;
}
const channels = css => css.match(/[\d.]+/g).slice(0, 3).map(Number);
const mixed = (a, b, share) => `rgb(${a.map((v, i) => Math.round(v + (b[i] - v) * share))})`;

function read() {
  if (!probe.isConnected) document.body.append(probe);
  for (const token of ['ink', 'ink2', 'ink3', 'line', 'line2', 'panel', 'accent', 'raise2', 'bad', 'warn', 'good', 'bad-fill', 'warn-fill', 'good-fill']) {
    colors[token] = resolve(token);
  }
  colors.series = Array.from({ length: 7 }, (_, i) => resolve('c' + (i + 1)));
  for (const step of STEPS) colors.steps[step] = resolve('s-' + step);
  colors.heat = [1, 2, 3, 4].map(i => channels(resolve('h' + i)));
  colors.dark = channels(colors.panel)[0] < 128;
  colors.family = getComputedStyle(document.body).fontFamily;
}
export const font = (size = 11, weight = 400) => `${weight} ${size}px ${colors.family}`;
export const series = i => colors.series[i % colors.series.length];

/** The colour of a share from 0 to 1 on the ramp of heat maps. */
export function ramp(share) {
  const at = Math.min(0.9999, Math.max(0, share)) * 3, i = Math.floor(at);
  return mixed(colors.heat[i], colors.heat[i + 1], at - i);
}
export const fade = (css, alpha) => `rgba(${channels(css)},${alpha})`;
/** The colour over the panel, opaque: parts of a stack must hide what is drawn below them. */
export const solid = (css, alpha) => mixed(channels(colors.panel), channels(css), alpha);
export const toneColor = tone => colors[tone + '-fill'] ?? colors.ink3;
/** The highest threshold that a value has reached. */
export const reached = (thresholds, value) => value == null ? undefined
  : (thresholds ?? []).filter(t => value >= t.at).sort((a, b) => a.at - b.at).pop();

export function onTheme(changed) {
  themeListeners.add(changed);
  return () => themeListeners.delete(changed);
}
function changed() {
  read();
  themeListeners.forEach(each => each());
}

const ORDER = ['auto', 'light', 'dark'];
export const theme = () => document.documentElement.dataset.theme ?? 'auto';
export function nextTheme() {
  const next = ORDER[(ORDER.indexOf(theme()) + 1) % 3];
  if (next === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try { localStorage.setItem('sluice.theme', next); } catch { /* no storage: for this page only */ }
  changed();
}
export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
read();
