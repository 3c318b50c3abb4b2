// Pause and resume, with the question first.
// arguments: pipeline
export default async function ({ page, url, arguments: { pipeline } }) {
  await page.goto(`${url}/#/${pipeline}/overview`);
  await page.waitForSelector('.verdict h1');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.locator('dialog').getByRole('button', { name: 'Pause' }).click();
  await page.waitForFunction(() => document.querySelector('#top .word').textContent === 'paused', null, { timeout: 30_000 });
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.waitForFunction(() => document.querySelector('#top .word').textContent !== 'paused', null, { timeout: 30_000 });
}
