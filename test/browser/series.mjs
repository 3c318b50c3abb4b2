// Charts by a column with thousands of values: the largest series are drawn and the others said in words, and what is made for
// them does not grow with their number.
// arguments: pipeline, charts [{title, says, keys [names] | null}], filled_max (places of arrays that one look at all charts may fill)
import { panelsOf } from './panels.mjs';

export default async function ({ page, url, expect, accessible, arguments: { pipeline, charts, filled_max } }) {
  await page.addInitScript(() => {
    const { fill } = Array.prototype;
    window.filled = 0;
    Array.prototype.fill = function (...given) { window.filled += this.length; return fill.apply(this, given); };
  });
  const { panel, says, loaded, drawn } = panelsOf(page, expect);
  await page.setViewportSize({ width: 1440, height: 2400 });
  await page.goto(`${url}/#/${pipeline}/dashboard`);
  await loaded('Charts');
  await drawn('Charts');
  for (const { title, says: texts, keys } of charts) {
    await says(title, texts);
    if (!keys) continue;
    const shown = await panel(title).locator('.key').evaluateAll(all => all.map(each => [...each.childNodes].find(node => node.nodeType === 3).textContent));
    expect(JSON.stringify(shown) === JSON.stringify(keys), `${title} draws ${JSON.stringify(shown)}`);
  }
  const { elements, filled } = await page.evaluate(() => ({ elements: document.querySelectorAll('*').length, filled: window.filled }));
  expect(elements < 1200, `the page has ${elements} elements`);
  expect(filled < filled_max, `${filled} places were filled`);
  await accessible(page, 'charts of many series');
}
