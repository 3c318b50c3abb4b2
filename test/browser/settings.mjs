// Configuration: every option with its value and where it is from, beside the file; wide, on a phone, light and dark; no secret.
// arguments: pipeline, rows [[option, value, from | null]...], secrets [texts]
export default async function ({ browser, url, expect, accessible, watch, arguments: { pipeline, rows, secrets } }) {
  for (const [width, colorScheme] of [[1440, 'light'], [360, 'dark']]) {
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
    const page = watch(await context.newPage());
    await page.goto(`${url}/#/${pipeline}/config`);
    await page.waitForSelector('[aria-label=Settings] tbody tr');
    const shown = await page.locator('[aria-label=Settings] tbody tr').evaluateAll(lines => lines.map(line => [...line.children].map(cell => cell.textContent)));
    for (const [option, value, from] of rows) {
      const row = shown.find(each => each[0] === option);
      expect(row && row[1] === value && (from === null || row[2] === from), `${option} is ${JSON.stringify(row)}`);
    }
    const text = await page.textContent('body');
    for (const secret of secrets) expect(!text.includes(secret), `${secret} is on the page`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0, `${width} px: it is wider than the window`);
    await accessible(page, `configuration, ${width} px, ${colorScheme}`);

    // An option leads to its line.
    await page.getByRole('searchbox', { name: 'Search the settings' }).fill('trigger.every');
    await page.waitForTimeout(500);
    await page.locator('[aria-label=Settings] tbody tr').first().press('Enter');
    expect((await page.evaluate(() => document.activeElement.textContent)).includes('trigger:'), 'an option does not lead to its line');
    await context.close();
  }
}
