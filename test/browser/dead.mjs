// A hundred thousand dead letters: all can be reached, by wheel and by keys, while the page keeps few elements; search, reasons,
// bytes as text and in hex, saved and replayed. Without a pointer, in the dark and on a phone, too.
// arguments: pipeline, total, reasons [{reason, count}], oldest (text), search {text, total}, raw {search, hex, base64}
import { download } from './panels.mjs';

const ELEMENTS_MAX = 900;

export default async function ({ page, browser, url, expect, accessible, watch, arguments: { pipeline, total, reasons, oldest, search, raw } }) {
  const shown = n => n.toLocaleString('en-US');
  const views = at => {
    const list = at.getByRole('listbox', { name: 'Dead letters' }), count = at.locator('.bar > .faint'), field = at.locator('main input[type=search]');
    const elements = async where => { const n = await at.evaluate(() => document.querySelectorAll('*').length); expect(n < ELEMENTS_MAX, `${where}: the page has ${n} elements`); };
    const rows = () => list.locator('[role=option]').evaluateAll(all => all.map(each => [Number(each.getAttribute('aria-posinset')), each.textContent]));
    const here = (n, words) => at.waitForFunction(([n, words]) => [...document.querySelectorAll('.letters [role=option]')].some(each => each.getAttribute('aria-posinset') === String(n) && each.textContent.includes(words)), [n, words], { timeout: 30_000 })
      .catch(async () => expect(false, `letter ${n} is not "${words}": ${JSON.stringify((await rows()).slice(-3))}`));
    const find = async (text, wanted) => {
      await field.fill(text);
      await at.waitForFunction(words => document.querySelector('.bar > .faint').textContent === words, `${shown(wanted)} of ${shown(total)}`, { timeout: 30_000 }).catch(async () => expect(false, `${text} finds ${await count.textContent()}, not ${wanted}`));
    };
    return { list, field, elements, rows, here, find };
  };
  const open = async (at, n) => {
    await at.goto(`${url}/#/${pipeline}/dead`);
    await at.waitForFunction(words => document.querySelector('h1').textContent === words, `${shown(n)} dead letters`);
    await at.waitForSelector('.letters [role=option] .mono');
  };

  await open(page, total);
  const { list, field, elements, rows, here, find } = views(page);
  await elements('at first');
  const said = await page.locator('.reasons button').evaluateAll(all => all.map(each => [...each.querySelectorAll('span, b')].map(part => part.textContent)));
  expect(JSON.stringify(said) === JSON.stringify(reasons.map(each => [each.reason, shown(each.count)])), `the reasons are ${JSON.stringify(said)}`);

  // To the end and back, by keys; all the way by scrolling.
  await list.focus();
  await page.keyboard.press('End');
  await here(total, oldest);
  await elements('at the end');
  await page.keyboard.press('PageUp');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Home');
  await here(1, 'id');
  let most = 0;
  for (let part = 0; part <= 100; ++part) {
    await list.evaluate((element, share) => { element.scrollTop = share * element.scrollHeight; }, part / 100);
    await page.waitForTimeout(20);
    most = Math.max(most, await page.evaluate(() => document.querySelectorAll('*').length));
  }
  await here(total, oldest);
  expect(most < ELEMENTS_MAX, `while it is scrolled the page has ${most} elements`);
  await list.evaluate((element, share) => { element.scrollTop = share * element.scrollHeight; }, 0.5);
  await page.waitForFunction(middle => [...document.querySelectorAll('.letters [role=option]')].some(each => Math.abs(each.getAttribute('aria-posinset') - middle) < 20 && each.querySelector('.mono')), total / 2);

  // What is looked for, in any case of letters; by reason.
  await find(search.text, search.total);
  expect((await rows()).filter(([, text]) => text.length > 1).every(([, text]) => text.toUpperCase().includes(search.text)), 'the search shows others');
  await field.fill('');
  await page.waitForFunction(() => !document.querySelector('.bar > .faint').textContent);
  for (const { reason, count } of reasons) {
    await page.locator('.reasons button', { hasText: reason }).click();
    await find('', count);
    await page.waitForSelector('.letters [role=option] .mono');
    expect((await rows()).filter(([, text]) => text.length > 1).every(([, text]) => text.includes(reason)), `of the reason ${reason} others are shown`);
    await page.locator('.reasons button', { hasText: reason }).click();
  }

  // One with bytes that are no text.
  await field.fill(raw.search);
  await page.waitForTimeout(600);
  await page.waitForSelector('.letters [role=option] .mono');
  await list.focus();
  await page.keyboard.press('Home');
  const bytes = page.getByRole('region', { name: 'Bytes' });
  await bytes.waitFor();
  expect((await bytes.textContent()).includes('"id": 7'), `as text it is ${await bytes.textContent()}`);
  await page.getByRole('button', { name: 'Hex' }).click();
  expect((await bytes.textContent()).includes(raw.hex), `in hex it is ${await bytes.textContent()}`);
  const file = await download(page, () => page.getByRole('link', { name: 'Save the bytes' }).click());
  expect(file.toString('base64') === raw.base64, `saved is ${file}`);
  await accessible(page, 'a record in hex');

  // Sent through again by keys alone; it fails again, and is marked.
  await page.getByRole('button', { name: 'Replay this one' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open]');
  await accessible(page, 'the question before a replay');
  await page.locator('dialog[open] button.primary').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#toasts').textContent.includes('go with the next batch'));
  // Its new letter is the first, and the one before it says what was done.
  const replayed = () => [...document.querySelectorAll('.letters [role=option]')].some(each => each.textContent.includes('replayed: '));
  for (let tries = 0; tries < 40 && !await page.evaluate(replayed); ++tries) {
    await field.fill(tries % 2 ? raw.search : raw.search.slice(0, -1));
    await page.waitForTimeout(700);
  }
  expect(await page.evaluate(replayed), 'no record is marked as replayed');
  await list.focus();
  await page.keyboard.press('Home');
  for (let down = 0; down < 12 && !(await page.textContent('.dead')).includes('replayed in batch'); ++down) await page.keyboard.press('ArrowDown');
  expect((await page.textContent('.dead')).includes('replayed in batch'), 'a record that was replayed does not say in which batch');

  // A phone, in the dark.
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
  const phone = watch(await context.newPage()), small = views(phone);
  await open(phone, total + 1);
  expect(await phone.evaluate(() => document.documentElement.scrollWidth) <= 360, 'on a phone the page is wider than the window');
  await small.elements('on a phone');
  await small.list.focus();
  await phone.keyboard.press('End');
  await small.here(total + 1, oldest);
  await phone.getByRole('region', { name: 'Bytes' }).waitFor();
  await accessible(phone, 'dead letters on a phone, dark');
  await context.close();
}
