// A page that asks for a token.
// arguments: token
export default async function ({ page, url, expect, accessible, allow, arguments: { token } }) {
  allow(/status of 401/);
  await page.goto(url);
  await page.waitForSelector('#token');
  await accessible(page, 'login');
  await page.fill('#token', `${token}x`);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('[role=alert]').textContent);
  expect(await page.locator('#token').isVisible(), 'a wrong token opens the page');
  await page.fill('#token', token);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.body.dataset.link === 'open' && document.querySelector('#main h1:not(.waiting)') && !document.querySelector('#token'));
}
