// Elements without a framework. Text goes in as text nodes only: nothing that is shown is ever parsed as HTML.

function fill(element, props, children) {
  for (const [key, value] of Object.entries(props)) {
    if (value == null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'style') for (const [name, v] of Object.entries(value)) element.style.setProperty(name, v);
    else if (key === 'value') element.value = value;
    else element.setAttribute(key === 'label' ? 'aria-label' : key, value === true ? '' : value);
  }
  element.append(...children.flat(4).filter(child => child != null && child !== false));
  return element;
}

function split(tag, props, children) {
  const isChild = typeof props !== 'object' || props instanceof Node || Array.isArray(props);
  const [name, ...classes] = tag.split('.');
  return isChild ? [name, classes, {}, [props, ...children]] : [name, classes, props ?? {}, children];
}

/** h('button.quiet', {onclick}, 'Text') is an HTML element; `label` is short for aria-label. */
export function h(tag, props = null, ...children) {
  const [name, classes, given, inside] = split(tag, props, children);
  const element = document.createElement(name || 'div');
  if (classes.length) element.className = classes.join(' ');
  if (name === 'button') element.type = 'button';
  return fill(element, given, inside);
}

/** The same for SVG. */
export function s(tag, props = null, ...children) {
  const [name, classes, given, inside] = split(tag, props, children);
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  if (classes.length) element.setAttribute('class', classes.join(' '));
  return fill(element, given, inside);
}

export const $ = (query, at = document) => at.querySelector(query);

// These change only what differs, so that a quiet page costs nothing.
export function text(element, value) {
  if (element.textContent !== String(value)) element.textContent = value;
}
export function attr(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}
export function style(element, name, value) {
  if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
}
export function show(element, on) {
  if (element.hidden === !!on) element.hidden = !on;
}

// 16 x 16, one stroke.
const ICONS = {
  overview: 'M2 3.5h4v4H2zM10 2.5h4v4h-4zM10 10h4v4h-4zM6 5.5h4M8 5.5V12h2',
  dashboard: 'M2 14h12M4 11.5v-4M8 11.5v-8M12 11.5V6',
  batches: 'M2 4h12M2 8h8M2 12h10',
  dead: 'M8 2.2 14.3 13.3H1.7zM8 6.5v3.2M8 11.6v.1',
  sql: 'M3 4.5 6.5 8 3 11.5M8.5 12H13',
  log: 'M3 3h10M3 6.3h10M3 9.6h7M3 13h5',
  config: 'M2 5h12M2 11h12M10 3v4M6 9v4',
  light: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1v1M8 14v1M1 8h1M14 8h1M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1',
  dark: 'M13 9.6A5.6 5.6 0 0 1 6.4 3a5.6 5.6 0 1 0 6.6 6.6',
  auto: 'M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2v9.6L12.6 8z',
  step: 'M4 3.5v9L10 8zM12.5 3.5v9',
  close: 'M4 4l8 8M12 4l-8 8',
  search: 'M7 2.7a4.3 4.3 0 1 0 0 8.6 4.3 4.3 0 0 0 0-8.6M10.2 10.2 13.5 13.5',
  down: 'M8 3v9M4.5 8.8 8 12.3l3.5-3.5',
  check: 'M3 8.5 6.3 12 13 4.5',
  replay: 'M3 8a5 5 0 1 0 1.6-3.7M3 2.5v2.8h2.8',
  help: 'M5.7 6a2.3 2.3 0 1 1 3.4 2C8.3 8.5 8 8.9 8 9.7M8 12v.1',
  save: 'M8 2.5v7M5 6.8l3 3 3-3M2.5 13h11',
};
export const icon = (name, size = 16) => s('svg.icon', { viewBox: '0 0 16 16', width: size, height: size, 'aria-hidden': 'true' },
  s('path', { d: ICONS[name] }));

// Parts that every page has.
export const button = (name, onclick, { picture, kind = '', ...more } = {}) =>
  h('button.btn' + kind, { onclick, ...more }, picture && icon(picture), name);
export const iconButton = (picture, label, onclick, more = {}) =>
  h('button.icon-btn', { label, title: label, onclick, ...more }, icon(picture));
export const title = (name, note) => h('div.title', h('h1', name), note && h('p', note));
export const heading = (name, note, ...more) => h('div.heading', h('h2', name), note && h('p', note), more);
export const swatch = token => h('i.swatch', { style: { background: `var(--${token})` } });
/** Names with values: [[name, value]...]; what is null is left out. */
export const facts = list => h('dl.pairs', list.filter(Boolean).flatMap(([name, value]) => [h('dt', name), h('dd', value ?? '–')]));

/** A field to search in; `found` gets what was typed, in lower case, a quarter of a second after the last key. */
export function searchBox(label, found) {
  let timer = 0;
  return h('label.search', icon('search'), h('input', { type: 'search', placeholder: label, label, oninput: e => {
    clearTimeout(timer);
    timer = setTimeout(() => found(e.target.value.toLowerCase()), 250);
  } }));
}

/** One of several: options are [key, name]. */
export function segment(label, options, current, pick) {
  const buttons = options.map(([key, name]) => h('button', { 'aria-pressed': String(key === current), onclick: () => {
    buttons.forEach((other, i) => other.setAttribute('aria-pressed', String(options[i][0] === key)));
    pick(key);
  } }, name));
  return h('div.segment', { role: 'group', label }, buttons);
}
