// A chart as a picture: what the panel shows, with its title, legend and time, in the colours of the theme.
import { h } from './dom.js';
import { colors, font } from './theme.js';
import { write } from './shapes.js';
import { save } from './overlay.js';
import { savedAt } from './store.js';
import { stamp } from './format.js';

const PAD = 16, TITLE = 30, KEY = 20, MARK = 9, WIDTH_LEAST = 320;

/** view.canvas() is what is drawn, view.legend() its keys: [[colour, words]...]. */
export function savePicture(chart, view) {
  const drawn = view.canvas(), px = devicePixelRatio, out = h('canvas'), ctx = out.getContext('2d');
  const width = Math.max(WIDTH_LEAST, drawn.width / px) + 2 * PAD, right = width - PAD;
  ctx.font = font();
  let x = PAD, y = TITLE + KEY;
  const keys = (view.legend?.() ?? []).map(([color, words]) => {
    const wide = Math.min(MARK + 21 + ctx.measureText(words).width, right - PAD);
    if (x > PAD && x + wide > right) [x, y] = [PAD, y + KEY];
    x += wide;
    return { color, words, x: x - wide, y, most: wide - MARK - 5 };
  });
  const top = (keys.length ? y : TITLE) + PAD;
  [out.width, out.height] = [width * px, drawn.height + (top + PAD) * px];
  ctx.scale(px, px);
  ctx.fillStyle = colors.panel;
  ctx.fillRect(0, 0, out.width, out.height);
  ctx.drawImage(drawn, PAD, top, drawn.width / px, drawn.height / px);
  write(ctx, chart.unit ? `${chart.title}, ${chart.unit}` : chart.title, PAD, TITLE - 6, { size: 15, weight: 600, color: colors.ink, most: right - PAD - 130 });
  write(ctx, stamp(savedAt() ?? Date.now()), right, TITLE - 6, { align: 'right' });
  for (const key of keys) {
    ctx.fillStyle = key.color;
    ctx.fillRect(key.x, key.y - MARK / 2, MARK, MARK);
    write(ctx, key.words, key.x + MARK + 5, key.y, { color: colors.ink2, most: key.most });
  }
  out.toBlob(blob => save(chart.id + '.png', blob));
}
