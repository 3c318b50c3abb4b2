// An alert that fires: on the overview, in its drawer, and silenced there.
// arguments: pipeline
export default async function ({ page, url, expect, arguments: { pipeline } }) {
  await page.goto(`${url}/#/${pipeline}/overview`);
  const firing = page.locator('ul.alerts li[data-state=firing]').first();
  await firing.waitFor();
  const text = await firing.textContent();
  expect(text.includes('Busy <i>shop</i>') && /has \d+ orders/.test(text), `the alert on the overview says: ${text}`);

  await page.getByRole('button', { name: /alert/i }).first().click();
  const drawer = page.locator('dialog[open]').last();
  await drawer.waitFor();
  const rows = await drawer.textContent();
  expect(rows.includes('<b>harbour</b>') && rows.includes('SELECT shop, n FROM totals'), `the drawer says: ${rows}`);
  await drawer.getByRole('button', { name: 'Silence for an hour' }).click();
  await page.locator('dialog[open]').last().getByRole('button', { name: 'Silence', exact: true }).click();
  await page.keyboard.press('Escape');
  await page.waitForSelector('ul.alerts li[data-state=silenced]');
  expect((await page.textContent('ul.alerts li[data-state=silenced]')).includes('silenced until'), 'until when is not said');
}
