// SQL and YAML in colours.
import { h } from './dom.js';

const SQL = /(--[^\n]*)|('(?:[^']|'')*'?)|\b(\d+(?:\.\d+)?)\b|\b(select|from|where|group|by|having|order|limit|as|and|or|not|join|left|using|on|with|union|all|distinct|case|when|then|else|end|is|null|in|between|desc|over)\b/gi;
const YAML = /(#[^\n]*)|("(?:[^"\\]|\\.)*"|'[^']*')|(?<![\w.])(\d+(?:\.\d+)?(?:ms|s|m|h|d|KiB|MiB|GiB)?)(?![\w.])|([\w.$-]+(?=:(?:\s|$)))/g;

/** The text as nodes. */
export function painted(source, language = 'sql') {
  const out = [];
  let at = 0;
  for (const m of source.matchAll(language === 'yaml' ? YAML : SQL)) {
    out.push(source.slice(at, m.index), h('span.' + (m[1] ? 't-note' : m[2] ? 't-text' : m[3] ? 't-number' : 't-key'), m[0]));
    at = m.index + m[0].length;
  }
  out.push(source.slice(at));
  return out;
}
export const code = (source, label = 'SQL') => h('pre.code', { tabindex: 0, role: 'region', label }, painted(source));

function inline(words) {
  const out = [];
  let at = 0;
  for (const m of words.matchAll(/\*\*([^*]+)\*\*|\*([^*]+)\*|`([^`]+)`|\[([^\]]+)\]\(((?:https?:\/\/|#\/)[^)\s]+)\)/g)) {
    out.push(words.slice(at, m.index), m[1] ? h('b', m[1]) : m[2] ? h('em', m[2]) : m[3] ? h('code', m[3])
      : h('a', { href: m[5], rel: 'noreferrer' }, m[4]));
    at = m.index + m[0].length;
  }
  return [...out, words.slice(at)];
}
/** Bold, emphasis, code, lists, headings, and links to http(s) or to pages of this one: no more. */
export function markdown(source) {
  const block = part => /^[-*] /.test(part) ? h('ul', part.split(/\n(?=[-*] )/).map(line => h('li', inline(line.slice(2)))))
    : /^#+ /.test(part) ? h('h3', inline(part.replace(/^#+ /, ''))) : h('p', inline(part));
  return h('div.markdown', source.trim().split(/\n{2,}/).map(block));
}
