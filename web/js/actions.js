// What can be asked of a pipeline.
import { h, button } from './dom.js';
import { post, api } from './stream.js';
import { dialog, closeDialog, confirm, toast } from './overlay.js';

const RUNS = ['running', 'paused', 'starting', 'reloading'], ENDED = ['stopped', 'failed', 'finished', 'ready'];
const ALL = [
  { verb: 'start', name: 'Start', picture: 'play', top: true, when: ENDED, done: 'it starts.', words: 'A run begins where the checkpoint is.' },
  { verb: 'resume', name: 'Resume', picture: 'play', top: true, when: ['paused'], done: 'it goes on.', words: 'Batches begin again.' },
  { verb: 'pause', name: 'Pause', picture: 'pause', top: true, when: ['running', 'starting'], done: 'it pauses after the batch in hand.', words: 'The batch in hand ends, then none is begun. Nothing is lost.' },
  { verb: 'trigger', name: 'Trigger now', picture: 'step', top: true, when: ['running', 'paused'], done: 'a batch runs now.', words: 'A batch now, instead of at the next tick.' },
  { verb: 'drain', name: 'Drain', when: RUNS, asks: true, done: 'it drains.', words: 'What every source has now is processed, then the run ends.' },
  { verb: 'stop', name: 'Stop', when: RUNS, asks: true, done: 'it stops after the batch in hand.', words: 'The run ends with the batch in hand.' },
  { verb: 'reload', name: 'Reload', when: RUNS, done: 'the file is read again.', words: 'The file is read again; what fits takes over between two batches.' },
];

/** [{name, picture, words, top, run(p)}] for the state that the pipeline is in. */
export const actionsOf = p => ALL.filter(each => each.when.includes(p.state)).map(each => ({ ...each, run: asked => run(each, asked) }));

function run(action, p) {
  const send = () => post(api(p.name, action.verb)).then(() => toast(`${p.name}: ${action.done}`), error => toast(`${action.name} is not done: ${error.message}`));
  if (action.verb === 'pause' || action.asks) confirm(`${action.name} ${p.name}?`, action.words, action.name, send);
  else { closeDialog(); send(); }
}

export function openActions(p) {
  dialog(p.name, h('ul.actions-list', actionsOf(p).map(action => h('li', button(action.name, () => action.run(p), { picture: action.picture }), h('p', action.words))),
    actionsOf(p).length ? null : h('li', h('p', `It is ${p.state}: nothing can be asked for now.`))));
}
