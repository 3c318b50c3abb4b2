// The newest batches: their steps as bars, a table, and one batch in full.
import { h, heading, title, facts, swatch, button } from '../dom.js';
import { on } from '../store.js';
import { plot } from '../plot.js';
import { table } from '../table.js';
import { colors, STEPS, stepName } from '../theme.js';
import { lateRows, readRate } from '../batches.js';
import { int, short, span, clock, bytes, stamp } from '../format.js';

const LISTED = 100;
const offset = v => v == null ? '–' : typeof v === 'object' ? JSON.stringify(v) : String(v);

/** The steps of a batch as one small bar, as long as the batch is beside the longest. */
function stepBar(entry, longest) {
  return h('span.steps', { role: 'img', label: STEPS.map(step => `${stepName(step)} ${span(entry.steps?.[step] ?? 0)}`).join(', '), style: { width: `${Math.min(100, entry.took / longest * 100).toFixed(1)}%` } },
    STEPS.map(step => h('i', { style: { 'flex-basis': `${((entry.steps?.[step] ?? 0) / entry.took * 100).toFixed(1)}%`, background: `var(--s-${step})` } })));
}

function inFull(entry) {
  const { batch } = entry, source = each => [h('h3', `Source ${each.name}`), facts([['records', int(each.numInputRows)], ['from', h('code', offset(each.startOffset))], ['to', h('code', offset(each.endOffset))],
    ['dead letters', int(each.numDeadLetters)], each.lag !== undefined && ['not read yet', int(each.lag)]])];
  const sink = each => [h('b', each.name), each.numOutputRows ? `${int(each.numOutputRows)} rows, ${bytes(each.numOutputBytes)}` : each.numRowsWaiting ? `${int(each.numRowsWaiting)} rows wait` : 'nothing'];
  return [facts([...STEPS.map(step => [h('span', swatch('s-' + step), ' ', stepName(step)), span(entry.steps?.[step] ?? 0)]), [h('b', 'all of it'), h('b', span(entry.took))]]),
    (batch.sources ?? []).map(source), h('h3', 'Sinks'), facts((batch.sinks ?? []).map(sink)),
    batch.eventTime?.watermark && [h('h3', 'Watermark'), h('p', stamp(Date.parse(batch.eventTime.watermark)))]].flat(4).filter(Boolean);
}

export function page(main, p, arg) {
  let picked = arg ? Number(arg) : null;
  const choose = id => { picked = id === picked ? null : id; draw(); };
  const at = i => p.batches[i]?.batch.batchId;
  const chart = plot({ kind: 'bar', stack: true, x: 'number', height: 216, range: innerWidth < 820 ? 60 : 150, label: 'Time of each batch by step', format: span,
    xFormat: v => Number.isInteger(v) ? int(v) : '', tipHead: i => `batch ${int(at(i))}, ${clock(p.batches[i].t)}`, color: (_, i) => colors.steps[STEPS[i]],
    thresholds: p.every_ms ? [{ at: p.every_ms, tone: 'bad', label: `trigger ${span(p.every_ms)}` }] : [], onpick: i => choose(at(i)) });
  const list = table({ label: 'Batches', fixed: true, keyed: true, limit: LISTED, height: 560, empty: 'No batch yet.', onpick: row => choose(row[0]), picked: row => row[0] === picked, columns: [
    { name: 'batch', number: true, format: int }, { name: 'began', format: clock }, { name: 'rows', number: true, format: int }, { name: 'rows/s', number: true, format: short },
    { name: 'late', number: true, format: int }, { name: 'dead', number: true, format: int }, { name: 'time', number: true, format: span }, { name: 'steps', wide: true }] });
  const detail = h('div.card'), bars = new WeakMap();
  main.append(title('Batches', 'A bar is a batch; choose one to see where it is and what it wrote.'), h('div.card', chart.element), h('section.part.split', { label: 'List' }, h('div.card', list.element), detail));
  function draw() {
    const newest = p.batches.slice(-LISTED).reverse(), longest = newest.reduce((most, each) => Math.max(most, each.took), 1);
    chart.set({ x: p.batches.map(each => each.batch.batchId), series: STEPS.map(step => ({ name: stepName(step), values: p.batches.map(each => each.steps?.[step] ?? 0) })) });
    const bar = entry => {
      const known = bars.get(entry);
      if (known?.longest !== longest) bars.set(entry, { longest, element: stepBar(entry, longest) });
      return bars.get(entry).element;
    };
    list.set(newest.map(each => [each.batch.batchId, each.t, each.batch.numInputRows, readRate(each), lateRows(each), each.batch.numDeadLetters ?? 0, each.took, bar(each)]));
    const entry = p.batches.find(each => each.batch.batchId === picked) ?? p.batches.at(-1), isPicked = entry?.batch.batchId === picked;
    detail.replaceChildren(...entry ? [heading(`Batch ${int(entry.batch.batchId)}`, isPicked ? clock(entry.t) : 'the newest', isPicked && button('Follow the newest', () => choose(picked), { kind: '.push' })), ...inFull(entry)]
      : [h('p.faint', 'No batch yet.')]);
  }
  draw();
  const end = on('batch', e => { if (e.pipeline === p.name) draw(); });
  return () => { end(); chart.destroy(); };
}
