// Runs one script of test/browser in a browser: run.mjs URL SCRIPT FOLDER ARGUMENTS. Lines of JSON on standard
// output: {"please": what} asks the test for something, {"problems": [...]} is the end.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';

const [url, script, folder, given] = process.argv.slice(2);
const require = createRequire(process.env.BROWSER_PACKAGES + '/package.json');
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const home = new URL(url).host, problems = [], allowed = [];

/** Notes a problem when `holds` is false. */
function expect(holds, words) { if (!holds) problems.push(words); }

/** A page of its own context, watched: errors of its scripts and console, and what it asks of others. */
function watch(page) {
  const bad = words => { if (!allowed.some(pattern => pattern.test(words))) problems.push(words); };
  page.on('pageerror', error => bad(`error in the page: ${error.stack ?? error.message}`));
  page.on('console', message => { if (message.type() === 'error') bad(`error on the console: ${message.text()} ${message.location().url}`); });
  page.on('request', request => {
    const to = new URL(request.url());
    if (!['data:', 'blob:'].includes(to.protocol) && to.host !== home) problems.push(`request to another host: ${request.url()}`);
  });
  return page;
}

/** What axe-core finds that is serious or critical. */
async function accessible(page, where) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);  // by the debugger: no policy of the page is asked
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  for (const { id, impact, nodes } of violations) {
    if (['serious', 'critical'].includes(impact)) problems.push(`${where}: ${impact}, ${id}: ${nodes.map(node => node.target.join(' ')).join('; ')}`);
  }
}

async function please(what) {
  console.log(JSON.stringify({ please: what }));
  return JSON.parse((await lines.next()).value);
}

const hang = setTimeout(() => { console.log(JSON.stringify({ problems: [...problems, 'it did not end in time'] })); process.exit(1); },
  1000 * process.env.BROWSER_HANG_SECONDS);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
let page;
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
  page = watch(await context.newPage());
  const { default: run } = await import(script);
  await run({ page, context, browser, url, folder, expect, accessible, watch, please, arguments: JSON.parse(given),
    /** Errors on the console that belong to the case. */
    allow: pattern => allowed.push(pattern) });
} catch (error) {
  problems.push(String(error.stack ?? error));
}
if (problems.length) await page?.screenshot({ path: `${folder}/page.png` }).catch(() => {});
await browser.close();
clearTimeout(hang);
console.log(JSON.stringify({ problems }));
process.exit(problems.length ? 1 : 0);
