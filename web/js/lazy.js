// Views that are loaded when they are first opened: each is a file of its own, lazy/NAME.js beside this one.
import { h, title, button } from './dom.js';
import { toast } from './overlay.js';

// Which files belong together: cmake/embed_web.py writes it here and into each of them. As they lie they all do.
const BUILD = '';
const loaded = new Map();
let failures = 0;

/** The server has other files by now: so has the page after it is loaded again, unless something keeps the old ones for it. */
function renew() {
  try {
    if (sessionStorage.getItem('sluice.renewed') !== BUILD) {
      sessionStorage.setItem('sluice.renewed', BUILD);
      location.reload();
      return new Promise(() => {});
    }
  } catch { /* no storage here: never load again by itself */ }
  throw new Error('The server has another version than this page. Reload the page.');
}

async function fetched(name) {
  let module = null;
  try {
    // A browser may keep a failure under its address.
    module = await import(`./lazy/${name}.js${failures ? '?' + failures : ''}`);
  } catch (error) {
    failures++;
    const answer = await fetch(`js/lazy/${name}.js`, { cache: 'no-store' }).catch(() => null);
    if (!answer || answer.status > 404) throw new Error('The server does not answer.', { cause: error });
  }
  return module && (module.BUILD ?? '') === BUILD ? module : renew();
}

/** The module lazy/NAME.js; the error says in words why it is not there. */
export function load(name) {
  if (!loaded.has(name)) loaded.set(name, fetched(name).catch(error => { loaded.delete(name); throw error; }));
  return loaded.get(name);
}

/** What lazy/NAME.js exports as `open`, to be called at once. */
export const lazy = name => (...given) => load(name).then(module => module.open(...given), error => toast(`This is not loaded: ${error.message}`));

/** What lazy/NAME.js exports as `page`, in place of a page that is there from the beginning. */
export const lazyPage = name => (main, ...given) => {
  let close = null, left = false;
  async function open() {
    main.replaceChildren(h('h1.waiting', 'Loading …'));
    const module = await load(name).catch(error => {
      if (!left) main.replaceChildren(title('This page is not loaded', error.message), button('Try again', open));
    });
    if (!module || left) return;
    main.replaceChildren();
    close = module.page(main, ...given);
  }
  open();
  return () => { left = true; close?.(); };
};
