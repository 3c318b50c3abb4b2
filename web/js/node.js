// A box of the pipeline graph, opened: its SQL, its settings, what it keeps, its sums.
import { h, icon, facts } from './dom.js';
import { dialog, closeDialog } from './overlay.js';
import { code } from './code.js';
import { last } from './batches.js';
import { can } from './store.js';
import { int, bytes, span } from './format.js';

/** The sums of a sink: a name, and the key in its totals. */
export const LEDGER = [['rows in', 'numInputRows'], ['+ added', 'numAddedRows'], ['= kept', 'numKeptRows'], ['+ filtered', 'numFilteredRows'], ['+ late', 'numLateRows'], ['+ dead letters', 'numDeadLetters'],
  ['rows out', 'numOutputRows'], ['waiting', 'numRowsWaiting'], ['files', 'files'], ['bytes', 'numOutputBytes'], ['version', 'version']];

export function openNode(node, p) {
  if (node.kind === 'dead' && can('dead_letters')) { location.hash = `#/${encodeURIComponent(p.name)}/dead`; return; }
  const entry = last(p), own = entry?.nodes?.[node.id], kept = entry?.batch.stateOperators?.find(each => each.operatorName === node.name);
  const sums = node.kind === 'view' || node.kind === 'table' ? null : (p.totals?.[node.kind + 's'] ?? []).find(each => each.name === node.name);
  const part = (name, list) => list.filter(Boolean).length ? [h('h3', name), facts(list)] : null;
  dialog(node.name, h('div',
    h('p.faint', [node.kind, node.type, node.label !== node.type && node.label].filter(Boolean).join(', ')), node.detail && h('p', node.detail),
    node.sql && [h('h3', 'SQL'), code(node.sql)],
    part('Settings', [...node.settings ?? [], node.watermark && ['watermark', node.watermark], node.promise && ['promise', node.promise]]),
    own && part('The last batch', [['rows', own.rows === null ? 'not counted' : int(own.rows)], ['time', own.ms !== null ? span(own.ms) : own.within ? `inside of ${own.within.replace(/^\w+:/, '')}` : '–']]),
    kept && part('State', [['rows kept', int(kept.numRowsTotal)], ['about', bytes(kept.numBytesTotal)], ['late rows of the batch', int(kept.numRowsDroppedByWatermark)]]),
    sums && part('Since the start of this run', [...LEDGER.filter(([, key]) => sums[key] != null).map(([name, key]) => [name, key === 'numOutputBytes' ? bytes(sums[key]) : int(sums[key])]), sums.lag !== undefined && ['not read yet', int(sums.lag)]]),
    can('sql') && /source|view|table/.test(node.kind) && h('div.row', h('a.btn', { href: `#/${encodeURIComponent(p.name)}/sql/${encodeURIComponent(`SELECT * FROM "${node.name.replaceAll('"', '""')}" LIMIT 100`)}`, onclick: closeDialog }, icon('sql'), 'Query it'))), { side: true });
}
