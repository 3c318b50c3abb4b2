// Every kind of chart with known rows: what it says of itself, its values point by point as the keys walk, its rows as a
// table and as CSV; rows that come while it is open; filter, hold, time range, and what can be saved.
// arguments: pipeline, tabs [names], charts [{tab, title, says [texts], walk [[texts]...], rows [[cells]...]}], error {title, text},
// filter {column, value}, later [{tab, title, says}]
import { readFileSync } from 'node:fs';

async function download(page, click) {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return readFileSync(await file.path());
}

export default async function ({ page, url, folder, expect, accessible, please, arguments: { pipeline, tabs, charts, error, filter, later } }) {
  await page.setViewportSize({ width: 1440, height: 2400 });
  const panel = title => page.locator('.panel', { has: page.getByRole('heading', { name: title, exact: true }) });
  // All that a chart says to somebody who cannot see it, and all its text.
  const words = title => panel(title).evaluate(element => [element.innerText, ...[...element.querySelectorAll('[aria-label]')].map(each => each.ariaLabel)].join('\n').replace(/[\u00a0\u202f]/g, ' '));
  const open = async tab => {
    await page.goto(`${url}/#/${pipeline}/dashboard/${encodeURIComponent(tab)}`);
    await page.waitForFunction(name => document.querySelector('h1')?.textContent === name, tab);
    await page.waitForFunction(() => !document.querySelector('.panel .skeleton'), null, { timeout: 30_000 }).catch(() => expect(false, `${tab}: a chart is still loading`));
  };
  const says = async (title, texts) => {
    let found = '';
    for (const end = Date.now() + 10_000; Date.now() < end; await page.waitForTimeout(100)) {
      found = await words(title);
      if (texts.every(each => found.includes(each))) return;
    }
    expect(false, `${title} says ${JSON.stringify(found)}, not ${JSON.stringify(texts)}`);
  };
  const choose = async (title, name) => {
    await panel(title).locator('.icon-btn').click();
    await panel(title).getByRole('button', { name }).click();
  };

  for (const tab of tabs) {
    await open(tab);
    const drawn = () => ![...document.querySelectorAll('.panel canvas')].some(canvas => !canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(v => v));
    await page.waitForFunction(drawn, null, { timeout: 20_000 }).catch(() => expect(false, `${tab}: a chart has drawn nothing`));
    for (const { title, says: texts, walk = [], rows } of charts.filter(each => each.tab === tab)) {
      await says(title, texts);
      const box = panel(title).locator('[tabindex="0"][aria-label]').first();
      for (let i = 0; i < walk.length; ++i) {
        await box.press(i ? 'ArrowRight' : 'Home');
        await says(title, walk[i]);
      }
      if (walk.length) await box.press('Escape');
      if (!rows) continue;
      await choose(title, 'Show as a table');
      const cells = await page.locator('dialog[open] tbody tr').evaluateAll(lines => lines.map(line => [...line.children].map(cell => cell.textContent.trim())).filter(line => line.some(Boolean)));
      expect(JSON.stringify(cells.sort()) === JSON.stringify([...rows].sort()), `${title} has the rows ${JSON.stringify(cells)}, not ${JSON.stringify(rows)}`);
      await page.keyboard.press('Escape');
      const csv = (await download(page, () => choose(title, 'Save the rows as CSV'))).toString().trim().split('\r\n');
      expect(csv.length === rows.length + 1, `the CSV of ${title} has ${csv.length - 1} rows, not ${rows.length}`);
    }
    await accessible(page, `the tab ${tab}`);
    await page.screenshot({ path: `${folder}/${tab}.png` });
  }

  await open(error.tab);
  expect((await panel(error.title).locator('.said.error').textContent()).includes(error.text), `no error in ${error.title}`);

  const [first] = charts.filter(each => each.walk);
  await open(first.tab);
  expect((await download(page, () => choose(first.title, 'Save as PNG'))).subarray(1, 4).toString() === 'PNG', 'the picture is not a PNG');
  const html = (await download(page, () => page.getByRole('button', { name: 'Export' }).click())).toString();
  expect(html.includes('data:image/png') && !/<script|src="http|url\(http/.test(html), 'the export has no pictures, or asks for something');

  const keys = () => panel(first.title).locator('.key').allTextContents();
  const all = await keys();
  await page.getByLabel(`Only ${filter.column}`).selectOption(filter.value);
  await page.waitForTimeout(500);
  expect((await keys()).length < all.length, `the filter ${filter.column}=${filter.value} hides no series of ${all}`);
  await page.getByLabel(`Only ${filter.column}`).selectOption('');

  // What is held does not change, and catches up.
  await page.getByRole('button', { name: 'Hold still' }).click();
  const pictures = () => page.evaluate(() => [...document.querySelectorAll('.panel canvas')].map(canvas => canvas.toDataURL()).join());
  await page.waitForTimeout(300);
  const before = await pictures();
  await please('feed');
  await page.waitForTimeout(1500);
  expect(before === await pictures(), 'a dashboard that is held changes');
  await page.getByRole('button', { name: 'Go on' }).click();
  for (const { tab, title, says: texts } of later) {
    await open(tab);
    await says(title, texts);
  }
  // A page that comes later, and one after kill -9, show the same history.
  for (const what of ['later', 'restart']) {
    if (what === 'restart') await please('restart');
    await page.reload();
    for (const { tab, title, says: texts } of later) {
      await open(tab);
      await says(title, texts);
    }
  }
}
