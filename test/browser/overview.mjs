// The overview of a pipeline that runs: batches come in, and what is shown adds up.
// arguments: pipeline; nodes (how many boxes the graph has)
const number = words => Number(words.replaceAll(',', '')) || 0;

export default async function ({ page, url, expect, arguments: { pipeline, nodes } }) {
  await page.goto(`${url}/#/${pipeline}/overview`);
  await page.waitForSelector('.verdict h1');
  expect((await page.textContent('.verdict h1')).length > 3, 'no verdict');
  expect(await page.locator('.strip .stat').count() === 6, 'not six numbers');
  expect(await page.locator('.node').count() === nodes, `${await page.locator('.node').count()} boxes in the graph, not ${nodes}`);

  const batch = () => page.textContent('#fact-batch').then(number), first = await batch();
  await page.waitForFunction(than => Number(document.querySelector('#fact-batch').textContent.replaceAll(',', '')) > than, first, { timeout: 30_000 });

  await page.waitForSelector('[aria-label="What each sink holds"] td');
  const names = await page.locator('[aria-label="What each sink holds"] th').allTextContents();
  for (const row of await page.locator('[aria-label="What each sink holds"] tbody tr').all()) {
    const cells = await row.locator('td').allTextContents(), value = name => number(cells[names.indexOf(name)] ?? '0');
    const [into, out] = [value('rows in') + value('+ added'), ['= kept', '+ filtered', '+ late', '+ dead letters'].map(value).reduce((a, b) => a + b)];
    expect(into === out, `sink ${cells[0]}: ${into} rows came in, and ${out} are in the columns after`);
  }

  await page.locator('.node-hit').first().click();
  await page.waitForSelector('dialog[open] h2');
  await page.keyboard.press('Escape');
  expect(await page.locator('dialog[open]').count() === 0, 'Escape does not close the drawer');
}
