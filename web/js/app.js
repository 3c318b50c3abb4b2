// The shell: which pipeline, which page, what can be done, the state of the connection, keys.
import { h, $, icon, text, attr, show, button, iconButton } from './dom.js';
import { store, on, now, names, isDashboard, isDev, savedAt, showSaved, can } from './store.js';
import { start, retry } from './stream.js';
import { theme, nextTheme } from './theme.js';
import { dialog, say } from './overlay.js';
import { actionsOf, openActions } from './actions.js';
import { overviewPage } from './pages/overview.js';
import { dashboardPage, tabsOf } from './pages/dashboard.js';
import { loginPage } from './pages/login.js';
import { lazyPage } from './lazy.js';
import { last } from './batches.js';
import { int, short, span, clock } from './format.js';

const PAGES = [['overview', 'Overview'], ['dashboard', 'Dashboard'], ['batches', 'Batches'], ['dead', 'Dead letters'], ['sql', 'SQL'], ['log', 'Log'], ['config', 'Configuration']];
const OPEN = { overview: overviewPage, dashboard: dashboardPage, batches: lazyPage('batches'), dead: lazyPage('dead'), sql: lazyPage('sql'), log: lazyPage('log'), config: lazyPage('config') };
const STATE_WORDS = { ok: 'running', idle: 'waiting', behind: 'falling behind', retrying: 'trying again', finished: 'finished' };
// Those that ask for what not every server has.
const NEEDS = { dashboard: 'charts', dead: 'dead_letters', sql: 'sql' };
const pages = () => PAGES.filter(([page]) => (!isDashboard() || page === 'dashboard' || page === 'sql') && (!NEEDS[page] || can(NEEDS[page])));
const logo = () => $('link[rel=icon]').href;
const here = { name: '', page: '', arg: '', shown: null, close: null };
const current = () => store.pipelines.get(here.name);
const stateOf = name => { const p = store.pipelines.get(name); return p?.verdict?.state ?? p?.state ?? ''; };
const wordOf = name => STATE_WORDS[stateOf(name)] ?? stateOf(name);

const href = (name, page, arg) => '#/' + [name, page, arg].filter(Boolean).map(encodeURIComponent).join('/');
// A tab of one pipeline's dashboard is none of another's.
const samePage = name => href(name, here.page);
const go = (page, arg) => { location.hash = href(here.name, page, arg); };

function route() {
  let parts = [];
  try { parts = location.hash.slice(2).split('/').map(decodeURIComponent); } catch { /* a broken address: the first page */ }
  const [name, page, ...arg] = parts;
  return { name: store.pipelines.has(name) ? name : names()[0], page: pages().some(each => each[0] === page) ? page : pages()[0][0], arg: arg.join('/') };
}

function open() {
  if (store.link === 'login' || !names().length || names().length < store.hello.pipelines.length) return;
  const to = route(), p = store.pipelines.get(to.name);
  if (to.name === here.name && to.page === here.page && to.arg === here.arg && p === here.shown) return;
  const moved = here.shown && (to.name !== here.name || to.page !== here.page);
  here.close?.();
  Object.assign(here, to, { close: null, shown: p });
  shell(p);
  const main = $('#main');
  main.replaceChildren();
  here.close = OPEN[to.page](main, p, to.arg, go) ?? null;
  const name = PAGES.find(each => each[0] === to.page)[1];
  document.title = `${name} · ${p.name} · sluice`;
  if (!moved) return;
  scrollTo(0, 0);
  main.focus({ preventScroll: true });
  say(`${name} of ${p.name}`);
}

const themeButton = () => iconButton(theme(), `Theme: ${theme() === 'auto' ? 'the system’s' : theme()}. Change`, e => { nextTheme(); const next = themeButton(); e.currentTarget.replaceWith(next); next.focus(); });
const dot = name => h('i.state', { 'data-of': name, 'data-state': stateOf(name) });
const isHere = (page, yes = 'page') => here.page === page ? yes : null;

function pageLinks(p) {
  const tabs = tabsOf(p);
  return pages().map(([page, name]) => [
    h('li', h('a', { href: href(p.name, page), 'aria-current': isHere(page) }, icon(page), name, page === 'dead' && h('span.count', { id: 'dead-count' }))),
    page === 'dashboard' && tabs.length > 1 && here.page === page && h('li.sub', h('ul', tabs.map(tab => h('li', h('a', { href: href(p.name, page, tab), 'aria-current': (tabs.includes(here.arg) ? here.arg : tabs[0]) === tab ? 'true' : null }, tab)))))]);
}

function shell(p) {
  const many = names();
  $('#side').replaceChildren(
    h('a.brand', { href: href(p.name, pages()[0][0]) }, h('img', { src: logo(), alt: '' }), 'sluice', h('small', store.hello.version)),
    h('nav', { label: 'Pipelines' }, h('p.side-title', isDashboard() ? 'Dashboards' : 'Pipelines'), h('ul.side-list', many.map(name => h('li', h('a', { href: samePage(name), 'aria-current': name === p.name ? 'true' : null }, isDashboard() ? null : dot(name), name, h('span.sr', { 'data-word': name })))))),
    h('nav', { label: 'Pages' }, h('p.side-title', p.name), h('ul.side-list', pageLinks(p))),
    h('div.side-foot', h('span.link-state', h('i.pip'), h('span', { id: 'link-word' })), themeButton(), iconButton('help', 'Keys and help', help)));
  const pick = h('select.pick', { label: 'Pipeline', onchange: e => { location.hash = samePage(e.target.value); } }, many.map(name => h('option', name)));
  pick.value = p.name;
  const actions = isDashboard() ? null : h('div.actions', { id: 'actions' });
  $('#top').replaceChildren(h('a.only-small', { href: href(p.name), label: 'Overview' }, h('img', { src: logo(), alt: '', width: 26, height: 26 })), h('span.only-small', pick),
    h('span.name', isDashboard() ? null : dot(p.name), p.name), h('span.word', { 'data-word': p.name }),
    isDashboard() ? '' : h('div.facts', h('span', 'batch ', h('b', { id: 'fact-batch' })), h('span', 'trigger ', h('b', p.trigger)), h('span', 'up ', h('b', { id: 'fact-up' })), h('span', { id: 'fact-step' })), actions ?? '');
  const nearest = pages().slice(0, 4);
  $('#bottom').replaceChildren(...nearest.map(([page, name]) => h('a', { href: href(p.name, page), 'aria-current': isHere(page) }, icon(page), name)),
    h('button', { type: 'button', 'aria-current': nearest.some(each => each[0] === here.page) ? null : 'page', onclick: menu }, icon('more'), 'More'));
  show($('#bottom'), true);
  here.actions = '';
  refresh();
  showLink();
}

/** The page of `sluice dev`, which has no pipeline that runs. */
const openFile = lazyPage('dev');
function openDev() {
  if (!isDev() || here.shown) return;
  document.body.dataset.mode = 'dev';
  $('#top').replaceChildren(h('span.brand', h('img', { src: logo(), alt: '' }), 'sluice dev'), h('div.actions', h('span.link-state', h('i.pip'), h('span', { id: 'link-word' })), themeButton()));
  Object.assign(here, { shown: store.hello, close: openFile($('#main')) });
  showLink();
}

function refresh() {
  const p = current();
  if (!p) return;
  document.querySelectorAll('[data-of]').forEach(each => attr(each, 'data-state', stateOf(each.dataset.of)));
  if (isDashboard()) return;
  document.querySelectorAll('[data-word]').forEach(each => text(each, wordOf(each.dataset.word)));
  const entry = last(p);
  if (can('dead_letters')) text($('#dead-count'), p.dead ? (p.dead < 1e5 ? int : short)(p.dead) : '');
  text($('#fact-batch'), entry ? int(entry.batch.batchId) : 'none yet');
  text($('#fact-up'), p.started && !['stopped', 'failed', 'finished', 'ready'].includes(p.state) ? span(now() - p.started) : '–');
  text($('#fact-step'), p.step && p.step_ms > 2000 ? `${p.step} for ${span(p.step_ms)}` : '');
  const list = actionsOf(p), key = list.map(each => each.name).join();
  if (here.actions === key) return;
  here.actions = key;
  $('#actions').replaceChildren(...list.filter(each => each.top).map(each => button(each.name, () => each.run(p), { picture: each.picture })), iconButton('more', 'More actions', () => openActions(p), { 'aria-haspopup': 'dialog' }));
}

function showLink() {
  const state = store.link, banner = $('#banner'), lost = state === 'lost';
  document.body.dataset.link = state;
  text($('#link-word') ?? h('i'), { open: 'Live', connecting: 'Connecting …', lost: 'Not connected', login: 'Not logged in', saved: 'Saved' }[state]);
  show(banner, lost);
  if (!lost) { banner.replaceChildren(); return; }
  if (!banner.children.length) banner.append(icon('dead'), h('span', `Connection lost at ${clock(store.since)}. What you see is from then; ${isDev() ? 'has sluice dev ended?' : 'the pipelines may well go on.'}`), h('span', { id: 'next-try', 'aria-hidden': 'true' }), button('Try now', retry, { kind: '.push' }));
  const left = Math.ceil((store.retryAt - Date.now()) / 1000);
  text($('#next-try'), left > 0 ? `Next try in ${left} s.` : 'Trying …');
  if (!here.shown) text($('#main h1') ?? h('i'), 'No answer yet.');
}

function login() {
  here.close?.();
  Object.assign(here, { close: null, shown: null, name: '' });
  ['#side', '#top', '#bottom'].forEach(each => $(each).replaceChildren());
  show($('#bottom'), false);
  loginPage($('#main'));
}

/** The pages that have no place in the bar of a phone. */
function menu() {
  const p = current(), close = () => $('#dialog').close();
  dialog(p.name, h('div', h('ul.side-list', { onclick: e => { if (e.target.closest('a')) close(); } }, pageLinks(p)), h('div.row', themeButton(), iconButton('help', 'Keys and help', help), isDashboard() ? null : button('Actions', () => openActions(p)))));
  refresh();
}

let keysOn = true;
try { keysOn = localStorage.getItem('sluice.keys') !== 'off'; } catch { /* no storage here */ }
function help() {
  const list = [['1 … 7', 'pages'], ['[  ]', 'pipelines'], ['/', 'search'], ['space', 'hold still, go on'], ['← →', 'on a chart: from point to point'], ['t', 'theme'], ['?', 'this help']];
  const box = h('input', { type: 'checkbox', onchange: e => { keysOn = e.target.checked; try { localStorage.setItem('sluice.keys', keysOn ? 'on' : 'off'); } catch { /* no storage here */ } } });
  box.checked = keysOn;
  dialog('Keys', h('div', h('dl.keys', list.flatMap(([key, what]) => [h('dt', h('kbd', key)), h('dd', what)])), h('p', h('label', box, ' Single keys do something')),
    h('p.note', 'sluice ', store.hello?.version ?? '', '. Charts are drawn by uPlot (', savedAt() ? 'MIT licence' : h('a', { href: 'vendor/uplot.LICENSE' }, 'its licence'), '); land is from Natural Earth.')));
}
const step = by => { const list = names(); location.hash = samePage(list[(list.indexOf(here.name) + by + list.length) % list.length]); };
addEventListener('keydown', e => {
  if (!keysOn || e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input, textarea, select, dialog') || !current()) return;
  const page = pages()[Number(e.key) - 1]?.[0];
  if (page) go(page);
  else if (e.key === '[') step(-1);
  else if (e.key === ']') step(1);
  else if (e.key === 't') { nextTheme(); shell(current()); }
  else if (e.key === '?') help();
  else if (e.key === '/') { const field = $('main input[type=search], main textarea'); if (field) { e.preventDefault(); field.focus(); } }
  else if (e.key === ' ' && !e.target.closest('button, a, [tabindex="0"]') && $('[data-hold]')) { e.preventDefault(); $('[data-hold]').click(); }
});

let announced = '', mode = '';
on('hello', e => {
  if (mode && mode !== e.mode) location.reload();  // another command serves here by now
  mode = e.mode;
  openDev();
});
on('snapshot', open);
on('batch', refresh);
on('tick', refresh);
on('state', e => {
  refresh();
  const words = `${e.pipeline}: ${e.verdict?.head ?? e.state}`;
  if (words !== announced) say(announced = words);
});
on('link', state => { showLink(); if (state === 'login') login(); else if (state === 'open') open(); });
addEventListener('hashchange', open);
setInterval(() => { if (!document.hidden) { refresh(); if (store.link === 'lost') showLink(); } }, 1000);
const saved = $('#saved');
if (saved) showSaved(JSON.parse(saved.textContent));
else start();
