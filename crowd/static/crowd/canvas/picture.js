// The photograph: painted from a copy no larger than the screen needs, so that a large one moves as lightly as a small one.

import { stockOf } from "./copies.js";

const CRISP_FROM = 3; // from here on the reader wants to see pixels, not a blur

export function createPicture(onChange) {
  let element = null;
  let size = { width: 1, height: 1 };
  let stock = null;

  // The file itself only where there is no copy: painting it may decode all of it.
  const sourceFor = (scale) => stock?.at(scale) ?? (stock?.making ? stock.any() : null) ?? element;

  return {
    get size() {
      return size;
    },
    // Painted at the size the server states, whatever the file's own metadata made of it.
    set(next, { width, height }) {
      if (element !== next) stock?.drop();
      [element, size] = [next, { width, height }];
      stock = stockOf(element, size);
      if (stock) stock.onMore = onChange;
    },
    crisp: (scale) => scale >= CRISP_FROM,
    paint(ctx, scale) {
      if (!element) return;
      ctx.imageSmoothingEnabled = scale < CRISP_FROM;
      ctx.imageSmoothingQuality = "medium";
      ctx.drawImage(sourceFor(ctx.getTransform().a), 0, 0, size.width, size.height);
    },
    drop() {
      stock?.drop();
      stock = null;
    },
  };
}
