// Not a check: the pictures of the README, for tools/screenshots.py.
// arguments: pipeline, tab, seconds (how long the dashboard fills)
export default async function ({ browser, url, folder, watch, arguments: { pipeline, tab, seconds } }) {
  const open = async (colorScheme, height, address, ready) => {
    const context = await browser.newContext({ viewport: { width: 1280, height }, colorScheme });
    const page = watch(await context.newPage());
    await page.goto(`${url}/#/${pipeline}/${address}`);
    await page.waitForSelector(ready);
    return page;
  };
  const dashboard = await open('light', 940, `dashboard/${encodeURIComponent(tab)}`, '.panel canvas');
  await dashboard.waitForTimeout(seconds * 1000);
  await dashboard.screenshot({ path: `${folder}/dashboard.png` });
  const job = await open('dark', 860, 'overview', '.node');
  await job.waitForTimeout(15_000);
  await job.screenshot({ path: `${folder}/job.png` });
}
