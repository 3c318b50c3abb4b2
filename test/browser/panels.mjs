// What a dashboard's panels say, for scripts that look at charts; not a script itself.
import { readFileSync } from 'node:fs';

export async function download(page, click) {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return readFileSync(await file.path());
}

export function panelsOf(page, expect) {
  const panel = title => page.locator('.panel', { has: page.getByRole('heading', { name: title, exact: true }) });
  // All that a chart says to somebody who cannot see it, and all its text.
  const words = title => panel(title).evaluate(element => [element.innerText, ...[...element.querySelectorAll('[aria-label]')].map(each => each.ariaLabel)].join('\n').replace(/[\u00a0\u202f]/g, ' '));
  const says = async (title, texts) => {
    let found = '';
    for (const end = Date.now() + 10_000; Date.now() < end; await page.waitForTimeout(100)) {
      found = await words(title);
      if (texts.every(each => found.includes(each))) return;
    }
    expect(false, `${title} says ${JSON.stringify(found)}, not ${JSON.stringify(texts)}`);
  };
  const choose = async (title, name) => {
    await panel(title).locator('.icon-btn').click();
    await panel(title).getByRole('button', { name }).click();
  };
  return {
    panel, says, choose,
    async loaded(tab) {
      await page.waitForFunction(name => document.querySelector('h1')?.textContent === name, tab);
      await page.waitForFunction(() => !document.querySelector('.panel .skeleton'), null, { timeout: 30_000 }).catch(() => expect(false, `${tab}: a chart is still loading`));
    },
    async drawn(tab) {
      const all = () => ![...document.querySelectorAll('.panel canvas')].some(canvas => !canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(v => v));
      await page.waitForFunction(all, null, { timeout: 20_000 }).catch(() => expect(false, `${tab}: a chart has drawn nothing`));
    },
    /** The values point by point, as the keys walk. */
    async walked(title, walk) {
      const box = panel(title).locator('[tabindex="0"][aria-label]').first();
      for (let i = 0; i < walk.length; ++i) {
        await box.press(i ? 'ArrowRight' : 'Home');
        await says(title, walk[i]);
      }
      if (walk.length) await box.press('Escape');
    },
    async csv(title) {
      return (await download(page, () => choose(title, 'Save the rows as CSV'))).toString().trim().split('\r\n');
    },
    png: title => download(page, () => choose(title, 'Save as PNG')),
  };
}

/** Whether the picture's paper, the colour of its upper left corner, is `paper`, and which of `inks` are in its upper part. */
export function looked(page, png, paper, inks) {
  return page.evaluate(async ([png, paper, inks]) => {
    const picture = new Image();
    picture.src = 'data:image/png;base64,' + png;
    await picture.decode();
    const canvas = new OffscreenCanvas(picture.width, picture.height), ctx = canvas.getContext('2d');
    ctx.drawImage(picture, 0, 0);
    const of = css => { ctx.fillStyle = css; ctx.fillRect(0, 0, 1, 1); return ctx.getImageData(0, 0, 1, 1).data.slice(0, 3).join(); };
    const { data } = ctx.getImageData(0, 0, picture.width, picture.height), seen = new Set();
    for (let i = 0; i < data.length; i += 4) seen.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
    const first = data.slice(0, 3).join();
    const token = name => { const probe = document.createElement('i'); probe.style.color = `var(--${name})`; document.body.append(probe); const css = getComputedStyle(probe).color; probe.remove(); return of(css); };
    return { paper: first === token(paper), missing: inks.filter(ink => !seen.has(token(ink))), size: [picture.width, picture.height] };
  }, [png.toString('base64'), paper, inks]);
}
