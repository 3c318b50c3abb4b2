// All of it without a pointer.
// arguments: pipeline; chart (true: the dashboard has a chart with an axis of time)
export default async function ({ page, url, expect, arguments: { pipeline, chart } }) {
  await page.goto(`${url}/#/${pipeline}/overview`);
  await page.waitForSelector('.verdict h1');

  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement.className) === 'skip', 'the first stop is not the link to the content');
  await page.evaluate(() => document.querySelector('.node-hit').focus());
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.press('Escape');
  expect(await page.evaluate(() => document.activeElement.classList.contains('node-hit')), 'after the drawer the focus is not where it was');

  const headings = ['', null, 'Batches', null, 'SQL', 'Log', 'Configuration'];
  for (const [i, heading] of headings.entries()) {
    if (!heading) continue;
    await page.keyboard.press(String(i + 1));
    await page.waitForFunction(words => document.querySelector('h1')?.textContent === words, heading);
  }
  await page.keyboard.press('5');
  await page.waitForSelector('main textarea');
  await page.keyboard.press('/');
  expect(await page.evaluate(() => document.activeElement.tagName) === 'TEXTAREA', '/ does not lead to the field');
  await page.evaluate(() => document.activeElement.blur());
  const before = await page.evaluate(() => document.documentElement.dataset.theme ?? 'auto');
  await page.keyboard.press('t');
  expect(await page.evaluate(() => document.documentElement.dataset.theme ?? 'auto') !== before, 't does not change the theme');
  await page.keyboard.press('?');
  await page.waitForSelector('dialog[open] .keys');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog[open]', { state: 'detached' });

  await page.keyboard.press(chart ? '2' : '1');
  await page.waitForSelector('.plot canvas');
  await page.locator('.plot').first().focus();
  const tip = page.locator('.plot .tip:visible .tip-head').first(), at = async () => { await page.keyboard.press('ArrowLeft'); return tip.textContent({ timeout: 5_000 }); };
  const seen = new Set();
  for (let i = 0; i < 4; i++) seen.add(await at());
  expect(seen.size > 1, 'arrows do not walk along the chart');
}
