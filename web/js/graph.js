// The pipeline as a picture: layers from left to right; on a narrow screen a tree, a box a line.
import { h, s, text, attr } from './dom.js';
import { short, percent } from './format.js';
import { calm } from './theme.js';

const HIGH = 62, GAP = 18, NARROW = 700, PULSE_MS = 120, SWEEPS = 8;
const WORDS = { source: 'source', table: 'table', view: 'view', sink: 'sink', dead: 'dead letters of' };

/** Each node's layer: the longest path to it; what has no input is just before its first reader, sinks at the end. */
function layersOf({ nodes, edges }) {
  const into = id => edges.filter(e => e[1] === id).map(e => e[0]), out = id => edges.filter(e => e[0] === id).map(e => e[1]);
  const layer = new Map();
  const depth = id => {
    if (!layer.has(id)) {
      layer.set(id, 0);
      layer.set(id, Math.max(0, ...into(id).map(from => depth(from) + 1)));
    }
    return layer.get(id);
  };
  nodes.forEach(n => depth(n.id));
  const last = Math.max(1, ...layer.values());
  for (const { id, kind } of nodes) {
    if (kind === 'sink') layer.set(id, last);
    else if (kind === 'table' && out(id).length) layer.set(id, Math.max(0, Math.min(...out(id).map(to => layer.get(to))) - 1));
  }
  return { layer, last };
}

/** Columns of nodes and of places where a long edge passes, in an order with few crossings. */
function columnsOf(graph) {
  const { layer, last } = layersOf(graph), columns = Array.from({ length: last + 1 }, () => []);
  graph.nodes.forEach(n => columns[layer.get(n.id)].push({ id: n.id, node: n }));
  const chains = graph.edges.map(([from, to]) => {
    const chain = [from];
    for (let at = layer.get(from) + 1; at < layer.get(to); at++) {
      chain.push(`${from}>${to}@${at}`);
      columns[at].push({ id: chain.at(-1) });
    }
    return [...chain, to];
  });
  const next = new Map(), before = new Map(), place = new Map();
  const link = (links, a, b) => links.set(a, [...(links.get(a) ?? []), b]);
  chains.forEach(chain => chain.slice(1).forEach((id, i) => { link(before, id, chain[i]); link(next, chain[i], id); }));
  const number = column => column.forEach((each, i) => place.set(each.id, (i + 0.5) / column.length));
  columns.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const near = sweep % 2 ? next : before;
    const mean = id => { const list = near.get(id); return list ? list.reduce((sum, other) => sum + place.get(other), 0) / list.length : place.get(id); };
    for (const column of sweep % 2 ? [...columns].reverse() : columns) {
      const wanted = new Map(column.map(each => [each.id, mean(each.id)]));
      column.sort((a, b) => wanted.get(a.id) - wanted.get(b.id));
      number(column);
    }
  }
  return { columns, chains, layer };
}

const label = (x, y, kind, words = '', more = {}) => s('text' + kind, { x, y, ...more }, words);

function box(node, x, y, width, pick) {
  const end = { 'text-anchor': 'end' }, letters = Math.floor((width - 24) / 7.6), room = width - 24 - Math.min(node.name.length, letters) * 7.6;
  const name = node.kind === 'dead' ? 'dead letters' : node.name;
  const main = label(12, 44, '.node-main'), side = label(width - 12, 44, '.node-side', '', end), note = label(0, -7, '.node-note');
  const busy = s('rect.node-busy', { x: 1, y: HIGH - 4, height: 3, rx: 1.5 });
  const press = e => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); pick(node); } };
  const hit = s('rect.node-hit', { width, height: HIGH, rx: 7, tabindex: 0, role: 'button', onclick: () => pick(node), onkeydown: press });
  const element = s('g.node', { transform: `translate(${x} ${y})`, 'data-kind': node.kind }, s('rect.node-box', { width, height: HIGH, rx: 7 }), busy,
    s('g', { 'aria-hidden': 'true' }, label(12, 23, '.node-name', name.length > letters ? name.slice(0, letters - 1) + '…' : name),
      label(width - 12, 23, '.node-type', node.type && node.type.length * 6.8 < room - 8 ? node.type : '', end), main, side, note), hit);
  return { element, set(state, slow, narrow) {
    const slowest = slow ? `slowest: ${percent(state.share)} of a batch` : '';
    text(main, state.main + (slow && narrow ? `, ${slowest}` : ''));
    text(side, (main.textContent.length + state.side.length) * 6.7 < width - 30 ? state.side : '');
    text(note, narrow ? '' : slowest);
    attr(busy, 'width', Math.max(0, (width - 2) * Math.min(1, state.share ?? 0)).toFixed(1));
    attr(element, 'data-slow', slow);
    attr(element, 'data-tone', state.tone ?? '');
    attr(hit, 'aria-label', `${WORDS[node.kind] ?? node.kind} ${node.name}, ${node.type}: ${[state.main, state.side, slowest].filter(Boolean).join(', ')}`);
  } };
}

function wide(graph, pick, width) {
  const { columns, chains, layer } = columnsOf(graph), count = columns.length;
  const boxWidth = Math.round(Math.max(108, Math.min(230, (width - (count - 1) * 72) / count)));
  const step = Math.max(boxWidth + 40, Math.min(boxWidth + 240, (width - boxWidth - 2) / Math.max(1, count - 1)));
  const high = Math.max(...columns.map(c => c.length)) * (HIGH + GAP) + 10, place = new Map();
  columns.forEach((column, i) => column.forEach((each, k) => place.set(each.id, { x: i * step + 1, y: 8 + (high - 10) * (k + 0.5) / column.length - HIGH / 2 })));
  const edges = chains.map((chain, i) => {
    let path = '';
    chain.slice(1).forEach((id, k) => {
      const from = place.get(chain[k]), to = place.get(id), [x1, y1, x2, y2] = [from.x + boxWidth, from.y + HIGH / 2, to.x, to.y + HIGH / 2], middle = (x1 + x2) / 2;
      path += `${k ? 'L' : 'M'}${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
    });
    const at = place.get(chain.at(-2)), to = place.get(chain.at(-1));
    return { path, layer: layer.get(graph.edges[i][0]), label: step < boxWidth + 60 ? null : label((at.x + boxWidth + to.x) / 2, (at.y + to.y) / 2 + HIGH / 2 + 4, '.edge-label', '', { 'text-anchor': 'middle' }) };
  });
  const boxes = new Map(graph.nodes.map(n => [n.id, box(n, place.get(n.id).x, place.get(n.id).y, boxWidth, pick)]));
  return face(graph, boxes, edges, Math.max(width, step * (count - 1) + boxWidth + 2), high, false);
}

function tree(graph, pick, width) {
  const INDENT = 14, lines = new Map();
  const visit = (id, depth) => {
    if (lines.has(id)) return;
    lines.set(id, { depth, at: lines.size });
    graph.edges.filter(e => e[0] === id).map(e => e[1]).sort((a, b) => b.startsWith('dead:') - a.startsWith('dead:')).forEach(to => visit(to, depth + 1));
  };
  for (const kind of ['source', 'table', 'view', 'sink', 'dead']) graph.nodes.filter(n => n.kind === kind).forEach(n => visit(n.id, 0));
  const x = id => 1 + Math.min(6, lines.get(id).depth) * INDENT, y = id => lines.get(id).at * (HIGH + 10) + 1;
  const edges = graph.edges.map(([from, to]) => {
    const up = y(from) < y(to), left = x(from) + 7;
    // A second input of a box further up has no line: its name says it.
    return { layer: lines.get(from).depth, path: up && x(to) > x(from) ? `M${left} ${y(from) + HIGH}V${y(to) + HIGH / 2 - 6}q0 6 6 6H${x(to)}` : '' };
  });
  const boxes = new Map(graph.nodes.map(n => [n.id, box(n, x(n.id), y(n.id), width - x(n.id) - 2, pick)]));
  return face(graph, boxes, edges, width, lines.size * (HIGH + 10), true);
}

function face(graph, boxes, edges, width, height, narrow) {
  const size = { viewBox: `0 0 ${width} ${height}`, width, height }, below = { ...size, 'aria-hidden': 'true' };
  const isDead = i => graph.edges[i][1].startsWith('dead:');
  const lines = edges.map((edge, i) => s('path.edge' + (isDead(i) ? '.dashed' : ''), { d: edge.path }));
  const glows = Array.from({ length: Math.max(0, ...edges.map(e => e.layer)) + 1 }, (_, at) =>
    s('svg.glow', below, edges.filter(e => e.layer === at).map(e => e.glow = s('path', { d: e.path }))));
  let running = false;
  function light(at) {
    if (at) glows[at - 1].style.opacity = 0;
    running = at < glows.length;
    if (!running) return;
    glows[at].style.opacity = 0.6;
    setTimeout(light, PULSE_MS, at + 1);
  }
  return {
    element: h('div.graph-stage', s('svg.graph', below, lines, edges.map(e => e.label ?? null)), glows,
      s('svg.graph', { ...size, role: 'group', label: 'Pipeline graph' }, [...boxes.values()].map(each => each.element))),
    /** states: {id: {main, side, share, tone}}; rates: rows a second of each edge, null where they are not counted. */
    set(states, rates, slowest) {
      for (const [id, each] of boxes) each.set(states[id], id === slowest, narrow);
      rates.forEach((rate, i) => {
        const wide = rate > 0 ? Math.min(6, 1 + Math.log10(1 + rate) * 0.95).toFixed(1) : 1;
        attr(lines[i], 'stroke-width', wide);
        attr(edges[i].glow, 'stroke-width', rate > 0 ? wide : 0);
        if (edges[i].label) text(edges[i].label, perTime(rate, ''));
      });
    },
    /** Once a batch: the lines light up layer by layer, in steps; a smooth animation would cost ten times the rest of the page. */
    pulse() { if (!running && !calm() && !document.hidden) light(0); },
  };
}

/** A rate in words: below one a second it is for a minute. */
export const perTime = (rate, none = 'quiet') => rate >= 1 ? `${short(rate)}/s` : rate * 60 >= 0.05 ? `${short(rate * 60)}/min` : none;

/** graph: {nodes, edges}; pick(node) when a box is opened. */
export const graphOf = (graph, pick, width) => (width < NARROW ? tree : wide)(graph, pick, width);
