// The connection is lost and found again; batches go on where they were. The test does "cut" and "join".
// arguments: pipeline
export default async function ({ page, url, expect, allow, please, arguments: { pipeline } }) {
  allow(/ERR_|network error|Failed to load/);
  await page.goto(`${url}/#/${pipeline}/overview`);
  await page.waitForSelector('.verdict h1');
  await page.waitForFunction(() => document.body.dataset.link === 'open');
  const batch = () => page.evaluate(() => Number(document.querySelector('#fact-batch').textContent.replaceAll(',', '')));
  await please('cut');
  await page.waitForFunction(() => document.body.dataset.link === 'lost', null, { timeout: 30_000 });
  expect(await page.locator('#banner').isVisible(), 'nothing says that the connection is lost');
  expect(await page.locator('.node').count() > 0, 'what was known is gone');
  const before = await batch();
  await please('join');
  await page.getByRole('button', { name: 'Try now' }).click({ timeout: 5_000 }).catch(() => {});
  await page.waitForFunction(() => document.body.dataset.link === 'open', null, { timeout: 60_000 });
  await page.waitForFunction(than => Number(document.querySelector('#fact-batch').textContent.replaceAll(',', '')) > than, before, { timeout: 60_000 });
  expect(!await page.locator('#banner').isVisible(), 'the line about the lost connection stays');
}
