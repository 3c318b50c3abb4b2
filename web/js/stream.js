// The connection: one stream of events for all tabs of a browser, and calls to the server.
//
// Over HTTP/1.1 a browser opens six connections to an address, and a stream holds one of them. So the tab that has
// the lock listens and hands on what it hears; the others tell it which charts they show. The stream is read by
// fetch, since EventSource shows neither the status (401) nor the pings, and cannot name the last event after an error.
import { store, receive, setLink, everything, on, can } from './store.js';

const SILENCE_MS = 15_000, PAUSE_MS = 500, PAUSE_MAX_MS = 15_000, ALONE_AFTER_MS = 3_000;
const bus = 'BroadcastChannel' in self && navigator.locks ? new BroadcastChannel('sluice') : null;
const me = Math.random().toString(36).slice(2);
const wishes = new Map();  // tab -> [[pipeline, chart]...]

let leading = false, stream = '', lastId = '', pause = PAUSE_MS, timer = 0, heard = 0, attempt = null;

function share(name, e) {
  receive(name, e);
  bus?.postMessage({ event: [name, e] });
}
function link(state, retryIn) {
  setLink(state, retryIn);
  bus?.postMessage({ link: [state, retryIn] });
}

function block(lines) {
  let name = 'message', data = '', id = null;
  for (const line of lines.split('\n')) {
    const at = line.indexOf(':'), key = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? '' : line.slice(at + (line[at + 1] === ' ' ? 2 : 1));
    if (key === 'event') name = value;
    else if (key === 'data') data += (data && '\n') + value;
    else if (key === 'id') id = value;
  }
  if (data) share(name, JSON.parse(data));
  if (id !== null) lastId = id;
  if (name === 'hello') { stream = store.hello.stream; tellWishes(); }
}

async function listen(signal) {
  const answer = await fetch('events', { headers: { accept: 'text/event-stream', ...(lastId && { 'last-event-id': lastId }) }, cache: 'no-store', signal });
  if (answer.status === 401) return 'login';
  if (!answer.ok) throw new Error(answer.statusText);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  link('open');
  pause = PAUSE_MS;
  for (let rest = ''; ;) {
    const { value, done } = await reader.read();
    if (done) return 'lost';
    heard = Date.now();
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    blocks.forEach(block);
  }
}

async function connect() {
  clearTimeout(timer);
  attempt?.abort();
  stream = '';
  const mine = attempt = new AbortController();
  heard = Date.now();
  if (store.link !== 'lost') link('connecting');
  const end = await listen(mine.signal).catch(() => 'lost');
  if (attempt !== mine) return;
  if (end === 'login') { link('login'); return; }
  link('lost', pause);
  timer = setTimeout(connect, pause);
  pause = Math.min(pause * 2, PAUSE_MAX_MS);
}

/** Tries at once; for "Try now", after a login, and when the network is back. */
export function retry() {
  if (!leading) { bus?.postMessage({ retry: true }); return; }
  pause = PAUSE_MS;
  connect();
}

let asked = 0;
function tellWishes() {
  clearTimeout(asked);
  asked = setTimeout(() => {
    const charts = new Map([...wishes.values()].flat().map(each => [each.join('/'), each]));
    // Until its own is open a tab that has begun to listen knows but the stream of the one before it.
    if (stream && can('charts')) post('api/watch', { stream, charts: [...charts.values()] }).catch(() => {});
  }, 20);
}
/** The charts that this tab shows from now on. */
export function watch(charts) {
  wishes.set(me, charts);
  if (leading) tellWishes();
  else bus?.postMessage({ watch: [me, charts] });
}

function lead() {
  if (leading) return;
  leading = true;
  bus?.postMessage({ leads: true });
  connect();
}

if (bus) bus.onmessage = ({ data }) => {
  if (leading) {
    if (data.watch) { wishes.set(...data.watch); tellWishes(); }
    if (data.retry) retry();
    if (data.joins && store.hello) bus.postMessage({ to: data.joins, events: everything(), link: [store.link, 0] });
  } else if (!data.to || data.to === me) {
    data.events?.forEach(each => receive(...each));
    if (data.event) receive(...data.event);
    if (data.link) setLink(...data.link);
    if (data.leads) bus.postMessage({ watch: [me, wishes.get(me) ?? []] });
  }
};

export function start() {
  on('hello', () => { if (!leading) bus?.postMessage({ watch: [me, wishes.get(me) ?? []] }); });
  if (!bus) { lead(); return; }
  navigator.locks.request('sluice', () => { lead(); return new Promise(() => {}); });
  setTimeout(() => { if (!leading) bus.postMessage({ joins: me }); }, 150);
  setTimeout(() => { if (!store.hello && store.link === 'connecting') lead(); }, ALONE_AFTER_MS);
}

setInterval(() => { if (leading && store.link === 'open' && Date.now() - heard > SILENCE_MS) connect(); }, 1000);
addEventListener('online', () => leading && store.link === 'lost' && retry());
addEventListener('pagehide', () => watch([]));

/** An answer as JSON; an error has the server's message, and `line` and `column` where it knows them. */
async function call(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error('The server does not answer.');
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.status === 401 && path !== 'api/login') link('login');
  if (!answer.ok) throw Object.assign(new Error(body.error?.message ?? `${answer.status} ${answer.statusText}`), body.error, { status: answer.status });
  return body;
}
export const get = path => call(path);
export const post = (path, body = {}) =>
  call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
/** The path of something of a pipeline: api('orders', 'dead-letters', id). */
export const api = (...parts) => 'api/pipelines/' + parts.map(encodeURIComponent).join('/');
