// A message of the topic is on the page, without anybody doing anything there: many, one after the other.
// arguments: pipeline, count
export default async function ({ page, url, please, expect, arguments: { pipeline, count } }) {
  await page.goto(`${url}/#/${pipeline}/dashboard`);
  await page.waitForFunction(() => document.body.dataset.link === 'open');
  for (let i = 0; i < count; i++) {
    const text = await please('send');
    await page.waitForFunction((text) => document.querySelector('#main').textContent.includes(text), text);
  }
  expect(await page.locator('#main table').count() === 1, 'the messages are not in a table');
}
