// Any number of dead letters: the list to its end, reasons, hexadecimal, replay with a question first.
// arguments: pipeline; total; replay (true: does it)
export default async function ({ page, url, expect, arguments: { pipeline, total, replay } }) {
  await page.goto(`${url}/#/${pipeline}/dead`);
  await page.waitForSelector('.letter');
  expect(Number((await page.textContent('h1')).replace(/\D/g, '')) >= total, `the heading is ${await page.textContent('h1')}, not ${total}`);
  expect(await page.locator('.window-row').count() < 100, 'all rows are made at once');
  await page.locator('.letters').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('End');
  await page.waitForFunction(() => [...document.querySelectorAll('.letters [aria-selected=true]')].some(row => row.classList.contains('letter')));
  const last = await page.locator('.letters [aria-selected=true]').getAttribute('aria-posinset');
  expect(Number(last) >= total, `End leads to row ${last}, not to ${total}`);
  await page.keyboard.press('ArrowUp');
  await page.waitForSelector('[aria-label=Record] pre');

  await page.getByRole('button', { name: 'Hex' }).click();
  expect(/^0000 +[0-9a-f]{2} /.test(await page.textContent('[aria-label=Record] pre')), 'not hexadecimal');
  const reason = page.locator('.reasons button').first(), name = await reason.locator('span').textContent();
  await reason.click();
  await page.waitForSelector('.letter');
  await page.waitForTimeout(500);
  const others = (await page.locator('.letter > span:nth-child(2)').allTextContents()).filter(each => !each.endsWith(name));
  expect(!others.length, `the filter ${name} shows ${others[0]}`);

  await page.getByRole('button', { name: /^Replay these/ }).click();
  await page.waitForSelector('dialog[open]');
  await page.getByRole('button', { name: replay ? 'Replay' : 'Cancel', exact: true }).click();
  if (replay) await page.waitForSelector('.toast');
  expect(await page.locator('dialog[open]').count() === 0, 'the question stays open');
}
