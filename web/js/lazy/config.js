// The pipeline file as it was read, and every option as it holds, with where it comes from. Secrets never come to the page.
import { h, title, heading, button, facts } from '../dom.js';
import { get, api } from '../stream.js';
import { store } from '../store.js';
import { table } from '../table.js';
import { save } from '../overlay.js';
import { painted } from '../code.js';
import { stamp, plural } from '../format.js';

const SETTINGS_SHOWN = 5000;

function settingsOf(settings, toLine) {
  const view = table({ label: 'Settings', search: 'Search the settings', height: 480, limit: SETTINGS_SHOWN, onpick: row => row[3] && toLine(row[3]), columns: [{ name: 'option', mono: true }, { name: 'value', mono: true, wide: true }, { name: 'from' }] });
  view.set(settings.map(each => [each.name, each.value, each.line ? `${each.origin}, ${each.line}:${each.column}` : each.origin, each.line]));
  return h('section.part', { label: 'Settings' }, heading('Settings', `${plural(settings.length, 'option')} as they hold: from the file, variables, or by default. Choose one to see its line.`), h('div.card', view.element));
}

export function page(main, p) {
  const { version, host, pid } = store.hello, file = h('section', { label: 'File' }, h('div.skeleton'));
  main.append(title('Configuration', p.file), h('div.split', file, h('aside.card', { label: 'This run' }, heading('This run'), facts([['version', version], ['host', host], ['process', pid], ['trigger', p.trigger], ['started', stamp(p.started)], ['checkpoint', p.checkpoint]]))));
  get(api(p.name, 'config')).then(({ text, settings }) => {
    const lines = text.trimEnd().split('\n').map((line, i) => h('span', { tabindex: -1 }, h('span.line-number', String(i + 1)), painted(line, 'yaml'), '\n'));
    const toLine = n => { lines[n - 1]?.scrollIntoView({ block: 'center' }); lines[n - 1]?.focus({ preventScroll: true }); };
    file.replaceChildren(h('pre.code.numbered', { tabindex: 0, role: 'region', label: 'Pipeline file' }, lines), h('div.row', button('Save', () => save(`${p.name}.yaml`, text, 'text/yaml'), { picture: 'save' })));
    main.append(settingsOf(settings, toLine));
  }, error => file.replaceChildren(h('p.bad', `The file cannot be shown: ${error.message}`)));
}
