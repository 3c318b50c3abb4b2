// Questions in SQL: names and columns, an answer, an error at its place, what was asked before, CSV; by keys alone; narrow and dark.
// arguments: pipeline
import { readFileSync } from 'node:fs';

export default async function ({ page, browser, url, expect, accessible, watch, allow, arguments: { pipeline } }) {
  allow(/status of 400/);
  await page.goto(`${url}/#/${pipeline}/sql`);
  await page.waitForSelector('details.relation');
  const field = page.locator('.editor textarea'), result = page.locator('table[aria-label=Result]');
  const put = async sql => { await field.fill(sql); await page.keyboard.press('Control+Enter'); };
  const answered = async words => page.waitForFunction(text => document.querySelector('main .heading p')?.textContent.includes(text), words, { timeout: 30_000 });

  await page.waitForFunction(() => document.querySelector('.editor textarea').value === 'SELECT * FROM totals LIMIT 100');
  const kinds = await page.locator('details.relation > summary').allTextContents();
  for (const each of ['orders source', 'shops table', 'valid view', 'totals view']) expect(kinds.includes(each), `${each} is not among ${kinds}`);

  // Names go where the caret is.
  await field.fill('SELECT  FROM totals');
  await field.evaluate(element => element.setSelectionRange(7, 7));
  await page.locator('details.relation', { hasText: 'totals' }).locator('summary').click();
  await page.locator('details.relation', { hasText: 'totals' }).getByRole('button', { name: 'shop', exact: true }).click();
  expect(await field.inputValue() === 'SELECT shop FROM totals', `the name is not put in: ${await field.inputValue()}`);
  await page.keyboard.press('Control+Enter');
  await answered('3 rows');
  expect((await result.locator('tbody td').allTextContents()).sort().join() === '<b>harbour</b>,north,south', 'not the shops');
  await accessible(page, 'an answer');

  await put("SELECT 9007199254740993 AS big, 1.50 AS price, NULL AS nothing, '=1+1' AS formula, [1, 2] AS list");
  await answered('1 row');
  expect((await result.locator('tbody td').allTextContents()).join('|') === '9007199254740993|1.50|NULL|=1+1|[1,2]', `not the values: ${await result.locator('tbody td').allTextContents()}`);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as CSV' }).click()]);
  expect(readFileSync(await download.path(), 'utf8') === "big,price,nothing,formula,list\r\n9007199254740993,1.50,,'=1+1,\"[1,2]\"\r\n", `not the CSV: ${readFileSync(await download.path(), 'utf8')}`);

  // Rows of a stream are those of the next batch.
  await put('SELECT count(*) AS n FROM valid');
  await answered(' of batch ');

  await put('SELECT shop,\n  amont FROM totals');
  await page.waitForSelector('.said.error');
  expect(await page.locator('.said.error b').textContent() === 'Line 2, column 3', `not the place: ${await page.locator('.said.error').textContent()}`);
  expect(await field.evaluate(element => element.value.slice(element.selectionStart, element.selectionEnd)) === 'amont', 'what is wrong is not marked');
  await accessible(page, 'an error');

  // What was asked is there after a reload, the newest first, and what failed is not.
  await page.reload();
  await page.waitForSelector('details.relation');
  const past = await page.locator('aside ul.names').last().locator('li').allTextContents();
  expect(past[0] === 'SELECT count(*) AS n FROM valid' && past.length === 3, `not what was asked: ${past}`);

  // Without a pointer.
  await field.focus();
  await field.fill('SELECT 1 AS one');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement.textContent) === 'Run', 'after the field the focus is not on Run');
  await page.keyboard.press('Enter');
  await answered('1 row; ran');

  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport: { width: 360, height: 800 }, colorScheme });
    const narrow = watch(await context.newPage());
    await narrow.goto(`${url}/#/${pipeline}/sql/${encodeURIComponent("SELECT repeat('wide ', 100) AS a, * FROM totals")}`);
    await narrow.waitForSelector('table[aria-label=Result] tbody td');
    const sticksOut = await narrow.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(sticksOut <= 0, `360 px, ${colorScheme}: ${sticksOut} px wider than the window`);
    await accessible(narrow, `360 px, ${colorScheme}`);
    await context.close();
  }
}
