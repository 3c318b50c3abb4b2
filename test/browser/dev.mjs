// The page of `sluice dev`: rows, tests and errors as they are now; what is HTML stays text; two pages, wide and narrow, light and dark;
// another command at the same address.
// arguments: html (a column's name and part of a value)
export default async function ({ page, context, browser, url, folder, expect, accessible, watch, please, arguments: { html } }) {
  const at = (where, words) => where.waitForFunction(text => document.body.dataset.link === 'open' && document.querySelector('main').textContent.includes(text), words, { timeout: 30_000 });
  const cells = part => page.locator(`section[aria-label^="${part}"] tbody tr`).evaluateAll(rows => rows.map(row => [...row.children].map(cell => cell.textContent)));
  await page.goto(url);
  await at(page, '1 test passed');
  expect(await page.textContent('h1') === 'pipeline.yaml', `the heading is ${await page.textContent('h1')}`);
  expect(await page.locator('#side').isHidden(), 'there is a list of pipelines');
  expect((await page.title()).startsWith('1 test passed · pipeline.yaml'), `the title is ${await page.title()}`);

  const odd = await cells('view odd'), heads = await page.locator('section[aria-label^="view odd"] th').allTextContents();
  expect(heads[1].startsWith(html) && heads[1].includes('VARCHAR'), `the header is ${heads[1]}`);
  expect(odd[0][1].includes('<b>bold</b>') && odd[1][1] === 'NULL', `the values are ${odd.map(row => row[1])}`);
  expect(odd[0].includes('9007199254740993') && odd[0].includes('1.50') && odd[0].includes('{"a":1,"b":[1,null],"c":{"k":"v"}}'), `the values are ${odd[0].map(each => each.slice(0, 60))}`);
  expect(await page.locator('main img, main b b').count() === 0, 'a value is HTML');
  const id = page.locator('section[aria-label^="view odd"] tbody td').first();
  expect(await id.evaluate(cell => getComputedStyle(cell).textAlign) === 'right', 'a number is not at the right');
  expect(await page.locator('section[aria-label^="view odd"] td.null').count() > 0, 'a NULL looks like a text');
  expect(await page.locator('section[aria-label^="view wide"] th').count() === 200, 'not all columns are there');
  await accessible(page, 'rows');

  // A row in full, by the keyboard.
  await page.locator('section[aria-label^="view odd"] tbody tr').first().press('Enter');
  expect((await page.locator('dialog[open] dl').textContent({ timeout: 5000 })).includes('... (of 1.50 MB)'), 'a long value is not in the row in full');
  await accessible(page, 'a row in full');
  await page.screenshot({ path: `${folder}/shots/row.png` });
  await page.keyboard.press('Escape');

  // A table keeps how it was sorted and scrolled, also on a second page of the browser.
  const second = watch(await context.newPage());
  await second.goto(url);
  await at(second, '1 test passed');
  await page.getByRole('button', { name: /^id/ }).first().click();
  await page.locator('section[aria-label^="view wide"] .scroll').evaluate(element => { element.scrollLeft = 500; });
  await please('change');
  for (const each of [page, second]) await at(each, '1 test of 1 failed');
  expect((await cells('view odd'))[0][0] === '3', `the order is ${(await cells('view odd')).map(row => row[0])}`);
  expect(await page.locator('section[aria-label^="view wide"] .scroll').evaluate(element => element.scrollLeft) === 500, 'the table is not where it was');
  expect((await page.textContent('.tests')).includes('− {id: 1}') && (await page.textContent('.tests')).includes('+ {id: 2}'), `no difference in ${await page.textContent('.tests')}`);
  await accessible(page, 'a test that fails');
  await second.close();

  const shots = async what => {
    for (const [width, colorScheme] of [[1440, 'light'], [1440, 'dark'], [390, 'light'], [390, 'dark']]) {
      const other = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
      const seen = watch(await other.newPage());
      await seen.goto(url);
      await at(seen, what === 'wrong' ? 'Wrong in line' : '1 test of 1 failed');
      expect(await seen.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0, `${what}, ${width} px: it is wider than the window`);
      await accessible(seen, `${what}, ${width} px, ${colorScheme}`);
      await seen.screenshot({ path: `${folder}/shots/${what}-${width}-${colorScheme}.png`, fullPage: true });
      await other.close();
    }
  };
  await shots('rows');
  await please('spoil');
  await at(page, 'Wrong in line');
  expect(await page.locator('section[aria-label^="view"]').count() === 0 && await page.locator('.tests').count() === 0, 'rows are there beside the error');
  expect(await page.textContent('.problem mark') === 'idd', `what is marked is ${await page.textContent('.problem mark')}`);
  await shots('wrong');
  await please('restore');
  await at(page, '1 test passed');
  expect(await page.locator('.problem').count() === 0, 'the error is still there');
  await please('end');
  await page.waitForSelector('#banner:not([hidden])');
  expect((await page.textContent('#banner')).includes('has sluice dev ended?'), `the banner says ${await page.textContent('#banner')}`);
  await please('run');
  await page.waitForFunction(() => document.querySelector('.verdict h1') && !document.body.dataset.mode, null, { timeout: 30_000 });
}
