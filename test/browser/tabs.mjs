// Several tabs of one browser share one stream, and go on when the one that listens is closed.
// arguments: pipeline; count
export default async function ({ page, context, url, expect, watch, arguments: { pipeline, count = 8 } }) {
  let streams = 0;
  context.on('request', request => { if (new URL(request.url()).pathname === '/events') streams++; });
  const ready = each => each.waitForFunction(() => document.querySelector('.verdict h1') && document.body.dataset.link === 'open');
  await page.goto(`${url}/#/${pipeline}/overview`);
  await ready(page);
  const others = [];
  for (let i = 1; i < count; i++) {
    const next = watch(await context.newPage());
    await next.goto(`${url}/#/${pipeline}/overview`);
    await ready(next);
    others.push(next);
  }
  expect(streams === 1, `${count} tabs hold ${streams} streams`);
  // The next stream opens slowly: until then nobody may ask for charts of the one that is gone.
  await context.route('**/events', async route => { await new Promise(done => setTimeout(done, 500)); await route.continue(); });
  await page.close();
  const left = others[0], batch = () => left.evaluate(() => Number(document.querySelector('#fact-batch').textContent.replaceAll(',', '')));
  const before = await batch();
  await left.waitForFunction(than => Number(document.querySelector('#fact-batch').textContent.replaceAll(',', '')) > than, before, { timeout: 30_000 });
  expect(streams === 2, `after the first tab is closed there were ${streams} streams in all, not 2`);
}
