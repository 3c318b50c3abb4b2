// The data of a chart: a bounded table of rows, column by column; and what charts make of it.

const ROWS_MAX = 100_000, SERIES_MAX = 24, CHOICES_MAX = 200;

const empty = e => ({ columns: e.columns ?? [], data: (e.columns ?? []).map(() => []), key: e.key ?? 1 });
export const count = table => table?.data[0]?.length ?? 0;
export const columnOf = (table, name) => table.columns.findIndex(column => column.name === name);
export const values = (table, name) => table.data[columnOf(table, name)] ?? [];
export const typeOf = (table, name) => table.columns[columnOf(table, name)]?.type;
export const timeColumn = table => table.columns.findIndex(column => column.type === 'time');
export const rowsOf = table => Array.from({ length: count(table) }, (_, i) => table.data.map(column => column[i]));

/** Only rows for which `wanted(index)` holds. */
function where(table, wanted) {
  const kept = [];
  for (let i = 0, n = count(table); i < n; i++) if (wanted(i)) kept.push(i);
  return kept.length === count(table) ? table : { ...table, index: null, data: table.data.map(column => kept.map(i => column[i])) };
}

/** Rows no older than `ms` before the newest; without a time all of them. */
export function newest(table, ms) {
  const at = timeColumn(table);
  if (!ms || at < 0 || !count(table)) return table;
  const times = table.data[at];
  const from = times.reduce((a, b) => b > a ? b : a, -Infinity) - ms;
  return where(table, i => times[i] >= from);
}

/** The table after an event `chart`. */
export function merge(old, e, range) {
  const state = { none: e.none, error: e.error, at: e.at, total: e.total, truncated: e.truncated };
  if (e.error || e.none) return { ...(e.mode === 'replace' || !old ? empty(e) : old), ...state };
  const same = old && e.mode !== 'replace' && old.columns.length === e.columns.length;
  let table = Object.assign(same ? old : empty(e), state);
  if (!same) table.data = e.data.map(column => [...column]);
  else if (e.mode === 'append') e.data.forEach((column, k) => { for (const v of column) table.data[k].push(v); });
  else upsert(table, e.data);
  table = newest(table, range);
  return count(table) > ROWS_MAX ? where(table, i => i >= count(table) - ROWS_MAX) : table;
}

function upsert(table, data) {
  const keyOf = (columns, i) => table.key === 1 ? columns[0][i] : JSON.stringify(columns.slice(0, table.key).map(c => c[i]));
  if (!table.index) {
    table.index = new Map();
    for (let i = 0, n = count(table); i < n; i++) table.index.set(keyOf(table.data, i), i);
  }
  for (let i = 0; i < data[0].length; i++) {
    const key = keyOf(data, i), at = table.index.get(key) ?? count(table);
    table.index.set(key, at);
    data.forEach((column, k) => { table.data[k][at] = column[i]; });
  }
}

/** The rows that pass the filters {column: value}; a column that the table has not got filters nothing. */
export function filtered(table, filters) {
  const active = Object.entries(filters ?? {}).map(([name, value]) => [table.data[columnOf(table, name)], value])
    .filter(([column, value]) => column && value !== '');
  return active.length ? where(table, i => active.every(([column, value]) => String(column[i]) === value)) : table;
}

const numberOf = v => v == null ? null : Number(v);

const { compare: inOrder } = new Intl.Collator(undefined, { numeric: true });

/** The names of [[name, weight]...] that are drawn, the heaviest, in order of name; and of how many. */
export function heaviest(weights, most = SERIES_MAX) {
  const all = [...weights], kept = all.length > most ? all.sort((a, b) => b[1] - a[1]).slice(0, most) : all;
  return { names: kept.map(([name]) => name), of: weights.size };
}

/**
 * {x, series: [{name, values}], of}: a series for each of `y`, or for each value of `by`, of which the largest are drawn; `of` is how
 * many there are. Rows that meet in a point are added up when `adds` (bars, areas), otherwise the last one holds.
 */
export function pivot(table, { x, y, by }, adds) {
  const xs = values(table, x), text = typeOf(table, x) === 'text', wanted = [y].flat(), groups = by ? values(table, by).map(v => String(v ?? 'NULL')) : null;
  const nameOf = (i, name) => !groups ? name : wanted.length > 1 ? groups[i] + ' ' + name : groups[i];
  const columns = wanted.map(name => [name, values(table, name).map(numberOf)]), weights = new Map();
  for (const [name, ys] of columns) {
    for (let i = 0; i < xs.length; i++) weights.set(nameOf(i, name), (weights.get(nameOf(i, name)) ?? 0) + Math.abs(ys[i] ?? 0));
  }
  const { names, of } = heaviest(weights);
  if (by) names.sort(inOrder);
  const sorted = [...new Set(xs)];
  if (!text) sorted.sort((a, b) => a - b);
  const place = new Map(sorted.map((v, i) => [v, i])), lists = new Map(names.map(name => [name, Array(sorted.length).fill(null)]));
  for (const [name, ys] of columns) {
    for (let i = 0; i < xs.length; i++) {
      const into = lists.get(nameOf(i, name)), at = place.get(xs[i]), v = ys[i];
      if (into) into[at] = adds && into[at] !== null && v !== null ? into[at] + v : v ?? (adds ? into[at] : null);
    }
  }
  return { x: sorted, text, series: [...lists].map(([name, list]) => ({ name, values: list })), of };
}

/** [[name, sum]...] of a column by another; largest first, what is beyond `limit` as "other". */
export function parts(table, part, value, limit = 7) {
  const sums = new Map(), vs = values(table, value);
  values(table, part).forEach((name, i) => sums.set(String(name ?? 'NULL'), (sums.get(String(name ?? 'NULL')) ?? 0) + (numberOf(vs[i]) ?? 0)));
  const list = [...sums].sort((a, b) => b[1] - a[1]);
  if (list.length <= limit) return list;
  return [...list.slice(0, limit - 1), ['other', list.slice(limit - 1).reduce((sum, [, v]) => sum + v, 0)]];
}

/** The values that a column has in any of the tables, as text, for a filter. */
export function choices(tables, name) {
  const found = new Set();
  for (const table of tables) {
    for (const v of values(table, name)) {
      if (v !== null) found.add(String(v));
      if (found.size >= CHOICES_MAX) break;
    }
  }
  return [...found].sort(inOrder);
}
