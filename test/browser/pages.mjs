// Every page, light and dark, wide and on a phone: it has its heading and its content, nothing sticks out, axe finds nothing.
// arguments: pipeline; pages [names]
const loaded = () => document.querySelector('#main h1:not(.waiting)') && document.body.dataset.link === 'open';

export default async function ({ browser, url, expect, accessible, watch, arguments: { pipeline, pages } }) {
  for (const width of [1440, 360]) {
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
      const page = watch(await context.newPage());
      for (const name of pages) {
        const where = `${name}, ${width} px, ${colorScheme}`;
        await page.goto(`${url}/#/${pipeline}/${name}`);
        await page.reload();
        await page.waitForFunction(loaded);
        const sticksOut = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(sticksOut <= 0, `${where}: ${sticksOut} px wider than the window`);
        expect(await page.locator('h1:visible').count() === 1, `${where}: not one h1`);
        expect((await page.title()).endsWith('sluice'), `${where}: the title is ${await page.title()}`);
        await accessible(page, where);
      }
      await context.close();
    }
  }
}
