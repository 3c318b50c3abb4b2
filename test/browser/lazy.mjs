// Views that are loaded when they are first opened: not before, once, below a proxy's prefix, too; what is said when the server
// is gone, and what happens when it has other files by now. The test does "cut" and "join".
// arguments: pipeline; lazy {page: heading}; first [pages that are there at once]
const isLazy = request => new URL(request.url()).pathname.includes('/js/lazy/');

export default async function ({ page, context, url, expect, allow, watch, please, arguments: { pipeline, lazy, first } }) {
  const asked = [];
  context.on('request', request => { if (isLazy(request)) asked.push(new URL(request.url()).pathname); });
  const heading = (at, words) => at.waitForFunction(wanted => document.querySelector('#main h1:not(.waiting)')?.textContent === wanted, words);
  const ready = at => at.waitForFunction(() => document.querySelector('#main h1:not(.waiting)') && document.body.dataset.link === 'open');
  const go = (at, name) => at.evaluate(hash => { location.hash = hash; }, `#/${pipeline}/${name}`);
  for (const name of first) {
    await page.goto(`${url}/#/${pipeline}/${name}`);
    await ready(page);
  }
  expect(asked.length === 0, `the first load asks for ${asked}`);
  for (const name of [...Object.keys(lazy), ...Object.keys(lazy)]) {
    await go(page, name);
    await heading(page, lazy[name]);
  }
  expect(asked.length === Object.keys(lazy).length, `${Object.keys(lazy).length} views are opened twice, and asked for are ${asked}`);
  // Gone again before it is there: the page that was opened since stays.
  const slow = watch(await context.newPage());
  await slow.goto(`${url}/#/${pipeline}/overview`);
  await ready(slow);
  await slow.route('**/js/lazy/log.js', async route => { await new Promise(done => setTimeout(done, 700)); await route.continue(); });
  await go(slow, 'log');
  await slow.waitForSelector('#main h1.waiting');
  await go(slow, 'config');
  await heading(slow, lazy.config);
  await slow.waitForTimeout(1000);
  await heading(slow, lazy.config);
  await slow.close();

  // Below a prefix.
  const below = watch(await context.newPage());
  await below.route('**/some/where/**', route => route.continue({ url: route.request().url().replace('/some/where/', '/') }));
  asked.length = 0;
  await below.goto(`${url}/some/where/#/${pipeline}/log`);
  await heading(below, lazy.log);
  expect(asked.join() === '/some/where/js/lazy/log.js', `below a prefix asked for is ${asked}`);
  await below.close();

  // Other files since: the page is loaded again, once, and says so when that does not help.
  const old = watch(await context.newPage());
  let loads = 0;
  old.on('load', () => loads++);
  await old.goto(`${url}/#/${pipeline}/overview`);
  await ready(old);
  for (const body of ["export const BUILD = 'another'; export const page = () => {};", "import { thatIsNotThere } from '../app.js'; thatIsNotThere();"]) {
    await old.evaluate(() => sessionStorage.clear());
    loads = 0;
    await old.route('**/js/lazy/log.js*', route => route.fulfill({ contentType: 'text/javascript', body }));
    await go(old, 'log');
    await heading(old, 'This page is not loaded');
    expect(loads === 1, `a view of another build loads the page again ${loads} times`);
    expect((await old.textContent('#main')).includes('Reload the page'), 'it does not say what to do');
    await old.unroute('**/js/lazy/log.js*');
    await old.reload();
    await heading(old, lazy.log);
    await go(old, 'overview');
    await ready(old);
    await old.reload();
    await ready(old);
  }
  await old.close();

  // The server is gone; then it is there again.
  allow(/ERR_|network error|Failed to load|dynamically imported/);
  await page.goto(`${url}/#/${pipeline}/overview`);
  await page.reload();
  await ready(page);
  await please('cut');
  await go(page, 'dead');
  await heading(page, 'This page is not loaded');
  expect((await page.textContent('#main')).includes('The server does not answer.'), `it says: ${await page.textContent('#main')}`);
  await please('join');
  await page.waitForFunction(() => document.body.dataset.link === 'open', null, { timeout: 30_000 });
  const again = page.getByRole('button', { name: 'Try again' });
  if (await again.count()) await again.click();
  await heading(page, lazy.dead);
}
