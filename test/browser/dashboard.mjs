// Charts: each has drawn something or says why not; filters, hold, and what can be saved.
// arguments: pipeline; tabs [names]; empty and failed (how many charts may say so); filter {column, value}?
import { readFileSync } from 'node:fs';

async function download(page, click) {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return readFileSync(await file.path());
}

export default async function ({ page, url, expect, arguments: { pipeline, tabs, empty = 0, failed = 0, filter } }) {
  await page.setViewportSize({ width: 1440, height: 3000 });
  const said = { empty: 0, failed: 0 };
  for (const tab of tabs) {
    await page.goto(`${url}/#/${pipeline}/dashboard/${encodeURIComponent(tab)}`);
    await page.waitForFunction(words => document.querySelector('h1')?.textContent === words, tab);
    await page.waitForFunction(() => !document.querySelector('.panel .skeleton'), null, { timeout: 30_000 });
    await page.waitForFunction(() => ![...document.querySelectorAll('.panel canvas')].some(canvas =>
      !canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(v => v)), null, { timeout: 20_000 })
      .catch(() => expect(false, `${tab}: a chart has drawn nothing`));
    said.failed += await page.locator('.said.error').count();
    said.empty += await page.locator('.said:not(.error)').count();
  }
  expect(said.failed === failed, `${said.failed} charts say that their query failed, not ${failed}`);
  expect(said.empty === empty, `${said.empty} charts say that they have no rows, not ${empty}`);

  await page.goto(`${url}/#/${pipeline}/dashboard/${encodeURIComponent(tabs[0])}`);
  await page.waitForSelector('.panel .plot canvas');
  await page.waitForTimeout(500);
  const panel = page.locator('.panel:has(.plot)').first(), menu = name => async () => { await panel.locator('.icon-btn').click(); await panel.getByRole('button', { name }).click(); };
  expect((await download(page, menu('Save the rows as CSV'))).toString().split('\r\n').length > 2, 'the CSV has no rows');
  expect((await download(page, menu('Save as PNG'))).subarray(1, 4).toString() === 'PNG', 'the picture is not a PNG');
  await menu('Show as a table')();
  await page.waitForSelector('dialog[open] td');
  await page.keyboard.press('Escape');
  const html = (await download(page, () => page.getByRole('button', { name: 'Export' }).click())).toString();
  expect(html.includes('data:image/png') && !/<script|src="http|url\(http/.test(html), 'the export has no pictures, or asks for something');

  await page.getByRole('button', { name: 'Hold still' }).click();
  const shown = () => page.evaluate(() => [...document.querySelectorAll('.panel canvas')].map(canvas => canvas.toDataURL()).join());
  const before = await shown();
  await page.waitForTimeout(2500);
  expect(before === await shown(), 'a dashboard that is held changes');
  await page.getByRole('button', { name: 'Go on' }).click();
  if (!filter) return;
  const names = () => page.locator('.panel .key').allTextContents();
  const all = (await names()).length;
  await page.getByLabel(`Only ${filter.column}`).selectOption(filter.value);
  await page.waitForTimeout(1500);
  expect((await names()).length < all, `the filter ${filter.column}=${filter.value} hides no series`);
}
