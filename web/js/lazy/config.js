// The pipeline file as it was read. Secrets never come to the page.
import { h, title, heading, button, facts } from '../dom.js';
import { get, api } from '../stream.js';
import { store } from '../store.js';
import { save } from '../overlay.js';
import { painted } from '../code.js';
import { stamp } from '../format.js';

export function page(main, p) {
  const { version, host, pid } = store.hello, file = h('section', { label: 'File' }, h('div.skeleton'));
  main.append(title('Configuration', p.file), h('div.split', file, h('aside.card', { label: 'This run' }, heading('This run'), facts([['version', version], ['host', host], ['process', pid], ['trigger', p.trigger], ['started', stamp(p.started)], ['checkpoint', p.checkpoint]]))));
  get(api(p.name, 'config')).then(({ text }) => {
    const lines = text.trimEnd().split('\n');
    file.replaceChildren(h('pre.code.numbered', { tabindex: 0, role: 'region', label: 'Pipeline file' }, lines.map((line, i) => [h('span.line-number', String(i + 1)), painted(line, 'yaml'), '\n'])), h('div.row', button('Save', () => save(`${p.name}.yaml`, text, 'text/yaml'), { picture: 'save' })));
  }, error => file.replaceChildren(h('p.bad', `The file cannot be shown: ${error.message}`)));
}
