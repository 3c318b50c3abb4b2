// What lies above a page: dialogs, messages; and files that it hands out.
import { h, $, button, iconButton } from './dom.js';

export function toast(message) {
  const shown = h('div.toast', message);
  $('#toasts').append(shown);
  setTimeout(() => shown.remove(), 6000);
}
/** For screen readers only. */
export function say(message) { $('#say').textContent = message; }

/** A dialog; with `side` at the right edge. */
export function dialog(name, body, { side = false, buttons = [] } = {}) {
  const box = $('#dialog');
  box.className = side ? 'side' : '';
  box.replaceChildren(
    h('div.dialog-head', h('h2', { id: 'dialog-title' }, name), iconButton('close', 'Close', () => box.close())),
    body, buttons.length ? h('div.row', buttons) : '');
  if (!box.open) box.showModal();
  return box;
}
export const closeDialog = () => $('#dialog').close();
export function confirm(name, words, action, run) {
  dialog(name, h('p', words), { buttons: [
    button('Cancel', closeDialog),
    button(action, () => { closeDialog(); run(); }, { kind: '.primary' })] });
}

export function save(name, content, type = 'text/plain') {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
/**
 * Rows as CSV; types[i] is that of a column, as charts name it. Texts that a spreadsheet would take for formulas get an apostrophe,
 * as in the server's.
 */
export function csv(names, rows, types = []) {
  const quoted = words => /[",\r\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words;
  const safe = (v, type) => type !== 'number' && /^[=+\-@\t\r]/.test(v) ? "'" + v : v;
  const cell = (v, type) => v == null ? '' : quoted(typeof v === 'string' ? safe(v, type) : typeof v === 'object' ? JSON.stringify(v) : String(v));
  return [names.map(name => cell(name)), ...rows.map(row => row.map((v, i) => cell(v, types[i])))].map(row => row.join(',') + '\r\n').join('');
}
