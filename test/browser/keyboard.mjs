// All of it without a pointer.
// arguments: pipeline; headings [of the pages, in order; null: any]; search (the number of a page with a field to search in)
export default async function ({ page, url, expect, arguments: { pipeline, headings, search } }) {
  await page.goto(`${url}/#/${pipeline}/overview`);
  await page.waitForSelector('.verdict h1');

  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement.className) === 'skip', 'the first stop is not the link to the content');
  await page.evaluate(() => document.querySelector('.node-hit').focus());
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.press('Escape');
  expect(await page.evaluate(() => document.activeElement.classList.contains('node-hit')), 'after the drawer the focus is not where it was');

  for (const [i, heading] of headings.entries()) {
    if (!heading) continue;
    await page.keyboard.press(String(i + 1));
    await page.waitForFunction(words => document.querySelector('h1')?.textContent === words, heading);
  }
  await page.keyboard.press(String(search));
  await page.waitForSelector('main input[type=search]');
  await page.keyboard.press('/');
  expect(await page.evaluate(() => document.activeElement.type) === 'search', '/ does not lead to the field');
  await page.evaluate(() => document.activeElement.blur());
  const before = await page.evaluate(() => document.documentElement.dataset.theme ?? 'auto');
  await page.keyboard.press('t');
  expect(await page.evaluate(() => document.documentElement.dataset.theme ?? 'auto') !== before, 't does not change the theme');
  await page.keyboard.press('?');
  await page.waitForSelector('dialog[open] .keys');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog[open]', { state: 'detached' });

  await page.goto(`${url}/#/${pipeline}/overview`);
  await page.reload();
  await page.waitForSelector('.plot canvas');
  await page.waitForFunction(() => Number(document.querySelector('#fact-batch').textContent.replaceAll(',', '')) > 25, null, { timeout: 60_000 });
  // Nothing comes while the points are walked along.
  await page.evaluate(name => fetch(`api/pipelines/${name}/pause`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }), pipeline);
  await page.waitForFunction(() => document.querySelector('#top .word').textContent === 'paused', null, { timeout: 30_000 });
  await page.waitForTimeout(1_000);
  await page.locator('.plot').first().focus();
  const tip = page.locator('.plot .tip:visible .tip-head').first(), at = async () => { await page.keyboard.press('ArrowLeft'); return tip.textContent({ timeout: 5_000 }); };
  // It names seconds, of which each has five points.
  const seen = new Set();
  for (let i = 0; i < 15; i++) seen.add(await at());
  expect(seen.size > 1, 'arrows do not walk along the chart');
}
