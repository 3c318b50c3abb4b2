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
export function csv(names, rows) {
  const quoted = v => v == null ? ''
    : /[",\r\n]/.test(v = typeof v === 'object' ? JSON.stringify(v) : String(v)) ? `"${v.replaceAll('"', '""')}"` : v;
  return [names, ...rows].map(row => row.map(quoted).join(',') + '\r\n').join('');
}
