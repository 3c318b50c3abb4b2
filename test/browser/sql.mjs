// Questions, their answers and their errors.
// arguments: pipeline; query; rows (how many it gives); wrong; line (where the error is)
export default async function ({ page, url, expect, allow, arguments: { pipeline, query, rows, wrong, line } }) {
  allow(/status of 400/);
  await page.goto(`${url}/#/${pipeline}/sql`);
  await page.waitForSelector('main textarea');
  await page.fill('main textarea', query);
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('[aria-label=Result] td');
  expect(await page.locator('[aria-label=Result] tbody tr').count() === rows, `${await page.locator('[aria-label=Result] tbody tr').count()} rows, not ${rows}`);
  await page.fill('main textarea', wrong);
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('[role=alert]');
  expect((await page.textContent('[role=alert]')).includes(`Line ${line}`), `the error names no line: ${await page.textContent('[role=alert]')}`);
}
