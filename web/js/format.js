// Numbers, times and sizes as people read them, with a narrow no-break space before a unit.

const SPACE = '\u202f';
const formats = Array.from({ length: 7 }, (_, n) =>
  new Intl.NumberFormat('en-US', { minimumFractionDigits: n, maximumFractionDigits: n }));
// Integers beyond 2^53 and DECIMALs come as text.
const number = v => typeof v === 'string' ? Number(v) : v;
const missing = v => v == null || v === '' || Number.isNaN(number(v));

export const fixed = (v, digits = 1) => missing(v) ? '–' : formats[Math.min(6, digits)].format(number(v));
export const int = v => missing(v) ? '–' : typeof v === 'string' && /^-?\d+$/.test(v)
  ? v.replace(/\B(?=(\d{3})+$)/g, ',') : formats[0].format(v);
export const plural = (n, one, many = one + 's') => `${int(n)} ${n === 1 ? one : many}`;
export const percent = (share, digits = 0) => missing(share) ? '–' : fixed(share * 100, digits) + SPACE + '%';

function scaled(v, marks) {
  const found = marks.find(([at]) => Math.abs(v) >= at * 0.9995);
  if (!found) return null;
  const part = v / found[0], size = Math.abs(part);
  return [formats[size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2].format(part), found[1]];
}

/** Three digits that count: 48.2k, 1.30M. */
export function short(v) {
  if (missing(v)) return '–';
  v = number(v);
  const large = scaled(v, [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']]);
  if (large) return large.join('');
  const size = Math.abs(v);
  return formats[Number.isInteger(v) || size >= 99.5 ? 0 : size >= 9.995 ? 1 : size >= 0.00995 || !v ? 2 : 4].format(v);
}
export function bytes(v) {
  if (missing(v)) return '–';
  return (scaled(number(v), [[1e12, 'TB'], [1e9, 'GB'], [1e6, 'MB'], [1e3, 'kB']]) ?? [int(v), 'B']).join(SPACE);
}

const HUNDRED_DAYS = 8_640_000_000;  // beyond them hours say nothing

/** A length of time: 3.2 ms, 415 ms, 2.81 s, 4 min 15 s, 3 d 4 h. */
export function span(ms) {
  if (missing(ms)) return '–';
  ms = Math.max(0, number(ms));
  if (!ms) return '0' + SPACE + 's';
  if (ms < 9.95) return fixed(ms, 1) + SPACE + 'ms';
  if (ms < 999.5) return int(ms) + SPACE + 'ms';
  if (ms < 59_500) return fixed(ms / 1000, ms < 9_995 ? 2 : 1).replace(/\.0+$/, '') + SPACE + 's';
  let left = Math.round(ms / 1000);
  const words = [];
  for (const [unit, size] of [['d', 86_400], ['h', 3_600], ['min', 60], ['s', 1]]) {
    if (left >= size && words.length < (ms < HUNDRED_DAYS ? 2 : 1)) words.push(Math.floor(left / size) + SPACE + unit);
    else if (words.length) break;
    left %= size;
  }
  return words.join(' ');
}
/** "415 ms" as ["415", "ms"], for a large number with a small unit; of "4 min 15 s" the first two. */
export const parted = words => words.split(SPACE).length > 2 ? [words, ''] : words.split(SPACE);

/** "15m" as a file says it, in ms. */
export const duration = words => [...String(words ?? '').matchAll(/([\d.]+) *(ms|s|m|h|d)/g)]
  .reduce((sum, [, n, unit]) => sum + n * { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 }[unit], 0);

const two = n => String(n).padStart(2, '0');
export function clock(t, seconds = true) {
  const at = new Date(t);
  return two(at.getHours()) + ':' + two(at.getMinutes()) + (seconds ? ':' + two(at.getSeconds()) : '');
}
export function day(t) {
  const at = new Date(t);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
export const stamp = t => missing(t) ? '–' : `${day(t)} ${clock(t)}`;

/** How values of a chart are shown, by its unit: ms, bytes, %, a currency's sign before, any other text after. */
export function byUnit(unit, digits) {
  const plain = digits == null ? short : v => fixed(v, digits);
  if (!unit) return plain;
  if (unit === 'ms') return span;
  if (unit === 'bytes') return bytes;
  return v => missing(v) ? '–' : /^[€$£¥]$/.test(unit) ? unit + plain(v) : plain(v) + (unit.startsWith('/') ? '' : SPACE) + unit;
}

/** Whether SQL's type is a number. */
export const isNumber = type => /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL.*|DOUBLE|FLOAT)$/i.test(type);
/** A value as it is: nothing is rounded. */
export const exact = v => v == null ? 'NULL' : typeof v === 'object' ? JSON.stringify(v) : String(v);

/** A cell of a result, by its type; NULL stays visible. */
export function cell(v, type) {
  if (v == null) return 'NULL';
  if (type === 'time') return stamp(v);
  if (typeof v === 'number') return Number.isInteger(v) ? int(v) : fixed(v, Math.abs(v) < 10 ? 4 : 2).replace(/0+$/, '');
  return typeof v === 'object' ? JSON.stringify(v) : String(v);
}
