// The page over tables, without a pipeline that runs: charts and SQL, nothing else.
// arguments: dashboard
export default async function ({ page, url, expect, arguments: { dashboard } }) {
  await page.goto(url);
  await page.waitForSelector('.panels, .code');
  const pages = await page.locator('nav[aria-label=Pages] > ul > li:not(.sub) > a').allTextContents();
  expect(pages.join() === 'Dashboard,SQL', `the pages are ${pages.join()}`);
  expect(await page.locator('#top .actions').count() === 0, 'there are actions');
  await page.goto(`${url}/#/${dashboard}/overview`);
  await page.waitForTimeout(500);
  expect(await page.locator('.verdict').count() === 0, 'there is an overview');
}
