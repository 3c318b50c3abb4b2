// A dashboard in one HTML file, opened from the disk without a network: each kind of chart has its values, light and dark;
// nothing in it is taken for HTML, a script or a formula; tables sort and search; nothing is asked of anybody.
// arguments: pipeline, tabs, charts [{tab, title, says, walk}], nasty {title, cells, formula}, sorted {tab, title, by, first, search, found}
import { looked, panelsOf } from './panels.mjs';

export default async function ({ browser, url, folder, expect, accessible, watch, arguments: { pipeline, tabs, charts, nasty, sorted } }) {
  for (const [colorScheme, paper] of [['light', 'rgb(244, 246, 247)'], ['dark', 'rgb(13, 17, 20)']]) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 2400 }, colorScheme, acceptDownloads: true });
    await context.setOffline(true);
    const page = watch(await context.newPage());
    page.on('dialog', dialog => { expect(false, `something in the file runs: ${dialog.message()}`); dialog.dismiss(); });
    page.on('request', request => expect(request.url().split('#')[0] === url || /^(data|blob):/.test(request.url()), `the file asks for ${request.url()}`));
    const { panel, says, loaded, drawn, walked, csv, png } = panelsOf(page, expect);
    const open = async tab => {
      await page.goto(`${url}#/${encodeURIComponent(pipeline)}/dashboard/${encodeURIComponent(tab)}`);
      await loaded(tab);
      await drawn(tab);
    };
    await page.goto(url);
    await loaded(tabs[0]);
    for (const tab of tabs) {
      await open(tab);
      for (const { title, says: texts, walk = [] } of charts.filter(each => each.tab === tab)) {
        await says(title, texts);
        await walked(title, walk);
      }
      await accessible(page, `the tab ${tab} in a file, ${colorScheme}`);
      await page.screenshot({ path: `${folder}/saved-${tab}-${colorScheme}.png` });
    }
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor) === paper, `the file is not ${colorScheme}`);
    const words = await page.innerText('body');
    expect(words.includes('as it was at') && !words.includes('Connection lost'), 'it does not say that it is saved, and when');
    expect(!await page.getByRole('button', { name: 'Hold still' }).count() && !await page.getByRole('link', { name: 'Export' }).count(), 'it offers what only a server can do');
    expect(await page.evaluate(() => !document.querySelector('img[src=x]') && document.scripts.length === 4), 'a value became an element');

    await open(sorted.tab);
    const rows = () => panel(sorted.title).locator('tbody tr').evaluateAll(lines => lines.map(line => line.firstChild.textContent));
    await panel(sorted.title).getByRole('button', { name: sorted.by }).click();
    expect((await rows())[0] === sorted.first, `sorted by ${sorted.by} the first is ${(await rows())[0]}`);
    await panel(sorted.title).locator('input[type=search]').fill(sorted.search);
    await page.waitForTimeout(500);
    expect((await rows()).join() === sorted.found, `${sorted.search} finds ${await rows()}`);

    await open(nasty.tab);
    const cells = await panel(nasty.title).locator('tbody td').allTextContents();
    expect(nasty.cells.every(cell => cells.includes(cell)), `${JSON.stringify(cells)} are shown, not ${JSON.stringify(nasty.cells)}`);
    const lines = await csv(nasty.title);
    expect(lines.includes(nasty.formula), `the CSV has ${JSON.stringify(lines)}, without ${nasty.formula}`);
    const first = charts.find(each => each.walk);
    await open(first.tab);
    const picture = await looked(page, await png(first.title), 'panel', ['c1', 'c2']);
    expect(picture.paper && !picture.missing.length, `the ${colorScheme} picture of ${first.title} lacks ${picture.missing}, paper ${picture.paper}`);
    await context.close();
  }
}
