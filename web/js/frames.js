// Drawing in small portions: about two milliseconds a frame, and nothing for what cannot be seen.

const queue = new Set();
let frame = 0;

function flush() {
  frame = 0;
  const start = performance.now();
  for (const draw of queue) {
    queue.delete(draw);
    draw();
    if (performance.now() - start > 2) break;
  }
  if (queue.size) frame = requestAnimationFrame(flush);
}
/** Draws in one of the next frames; what waits already is not queued twice. */
export function later(draw) {
  queue.add(draw);
  frame ||= requestAnimationFrame(flush);
}

const watched = new WeakMap();
const views = new IntersectionObserver(entries => {
  for (const { target, isIntersecting } of entries) {
    const each = watched.get(target);
    if (!each) continue;
    each.visible = isIntersecting;
    if (each.visible && each.dirty) later(each.draw);
    if (each.visible) each.dirty = false;
  }
}, { rootMargin: '120px' });
const sizes = new ResizeObserver(entries => entries.forEach(({ target }) => watched.get(target)?.resized()));

/** Calls `draw` after `touch()` while the element can be seen, once when it comes into view, and `resized` after each change of size. */
export function whenSeen(element, draw, resized = null) {
  const state = { draw, resized: resized ?? touch, visible: false, dirty: true };
  function touch() {
    if (state.visible) later(draw);
    else state.dirty = true;
  }
  watched.set(element, state);
  views.observe(element);
  sizes.observe(element);
  return { touch, stop() {
    views.unobserve(element);
    sizes.unobserve(element);
    watched.delete(element);
    queue.delete(draw);
  } };
}
