// What batches say about a pipeline: rates, lateness, the step that takes longest.
import { now } from './store.js';

const NEAR = 5, FAR = 60, QUIET_MS = 5_000;

export const last = p => p.batches.at(-1);
/** Records a second that a batch took in, over the time since the one before. */
export const readRate = entry => entry.batch.numInputRows / entry.ms * 1000;
/** Records a second that it could have taken in. */
export const couldRate = entry => entry.batch.numInputRows / entry.took * 1000;
export const lateRows = entry => (entry.batch.stateOperators ?? []).reduce((sum, each) => sum + (each.numRowsDroppedByWatermark ?? 0), 0);
export const stateRows = entry => entry.batch.state?.numRows ?? 0;
export const watermarkOf = entry => entry?.batch.eventTime?.watermark ? Date.parse(entry.batch.eventTime.watermark) : null;

/** Whether batches come: after some time without one its rates are history. */
export function flowing(p) {
  const entry = last(p);
  return !!entry && !['paused', 'stopped', 'failed', 'finished'].includes(p.verdict?.state) && now() - entry.t - entry.took < Math.max(QUIET_MS, 3 * (p.every_ms ?? 0));
}

/** count(entry) a second over the last few batches, over many where it is rare. */
export function rate(p, count) {
  if (!flowing(p)) return 0;
  const over = list => list.reduce((sum, each) => sum + (count(each) ?? 0), 0) / list.reduce((sum, each) => sum + each.ms, 0) * 1000;
  const known = p.batches.slice(-FAR).filter(each => count(each) != null);
  if (!known.length) return null;
  const near = over(known.slice(-NEAR));
  return near >= 5 ? near : over(known);
}

/** {id, share} of the node whose own work takes most of the last batch. */
export function slowest(p) {
  const entry = last(p), nodes = Object.entries(entry?.nodes ?? {}).filter(([, n]) => n.ms);
  if (!nodes.length || !flowing(p)) return null;
  const [id, { ms }] = nodes.reduce((a, b) => b[1].ms > a[1].ms ? b : a);
  return { id, share: ms / entry.took };
}

export function quantile(list, q) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}
