// Every kind of chart with known rows: what it says of itself, its values point by point as the keys walk, its rows as a
// table and as CSV; rows that come while it is open; filter, hold, time range, and what can be saved.
// arguments: pipeline, tabs [names], charts [{tab, title, says [texts], walk [[texts]...], rows [[cells]...]}], pictures [{tab, title, inks [tokens]}], error {title, text},
// filter {column, value}, later [{tab, title, says}]
import { download, looked, panelsOf } from './panels.mjs';

export default async function ({ page, url, folder, expect, accessible, please, arguments: { pipeline, tabs, charts, pictures, error, filter, later } }) {
  await page.setViewportSize({ width: 1440, height: 2400 });
  const { panel, says, choose, loaded, drawn, walked, csv, png } = panelsOf(page, expect);
  const open = async tab => {
    await page.goto(`${url}/#/${pipeline}/dashboard/${encodeURIComponent(tab)}`);
    await loaded(tab);
  };

  for (const tab of tabs) {
    await open(tab);
    await drawn(tab);
    for (const { title, says: texts, walk = [], rows } of charts.filter(each => each.tab === tab)) {
      await says(title, texts);
      await walked(title, walk);
      if (!rows) continue;
      await choose(title, 'Show as a table');
      const cells = await page.locator('dialog[open] tbody tr').evaluateAll(lines => lines.map(line => [...line.children].map(cell => cell.textContent.trim())).filter(line => line.some(Boolean)));
      expect(JSON.stringify(cells.sort()) === JSON.stringify([...rows].sort()), `${title} has the rows ${JSON.stringify(cells)}, not ${JSON.stringify(rows)}`);
      await page.keyboard.press('Escape');
      const lines = await csv(title);
      expect(lines.length === rows.length + 1, `the CSV of ${title} has ${lines.length - 1} rows, not ${rows.length}`);
    }
    await accessible(page, `the tab ${tab}`);
    await page.screenshot({ path: `${folder}/${tab}.png` });
  }

  await open(error.tab);
  expect((await panel(error.title).locator('.said.error').textContent()).includes(error.text), `no error in ${error.title}`);

  // Pictures: of the panel's colour, with what is in the chart or its key.
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    for (const { tab, title, inks } of pictures) {
      await open(tab);
      await drawn(tab);
      const picture = await looked(page, await png(title), 'panel', inks);
      expect(picture.paper, `the picture of ${title} has not the paper of the ${colorScheme} theme`);
      expect(!picture.missing.length, `the ${colorScheme} picture of ${title} has nothing in ${picture.missing}`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });

  const [first] = charts.filter(each => each.walk);
  await open(first.tab);
  const [name] = await Promise.all([page.waitForEvent('download').then(file => file.suggestedFilename()), page.getByRole('link', { name: 'Export' }).click()]);
  expect(name === `${pipeline}.html`, `the dashboard is saved as ${name}`);

  const keys = () => panel(first.title).locator('.key').allTextContents();
  const all = await keys();
  await page.getByLabel(`Only ${filter.column}`).selectOption(filter.value);
  await page.waitForTimeout(500);
  expect((await keys()).length < all.length, `the filter ${filter.column}=${filter.value} hides no series of ${all}`);
  await page.getByLabel(`Only ${filter.column}`).selectOption('');

  // What is held does not change, and catches up.
  await page.getByRole('button', { name: 'Hold still' }).click();
  const drawings = () => page.evaluate(() => [...document.querySelectorAll('.panel canvas')].map(canvas => canvas.toDataURL()).join());
  await page.waitForTimeout(300);
  const before = await drawings();
  await please('feed');
  await page.waitForTimeout(1500);
  expect(before === await drawings(), 'a dashboard that is held changes');
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
