// The photograph: painted from a copy no larger than the screen needs, so that a large one moves as lightly as a small one.

const CRISP_FROM = 3; // from here on the reader wants to see pixels, not a blur
const LARGE = 3e6; // pixels; below it the file itself is painted
const WHOLE = 40e6; // up to here a decoded copy is kept even in full size

export function createPicture(onChange) {
  let element = null;
  let size = { width: 1, height: 1 };
  let copies = []; // [{level, bitmap}], a level being the image pixels across one of the copy's
  let turn = 0;

  function drop() {
    copies.forEach(({ bitmap }) => bitmap.close());
    copies = [];
  }

  // The smallest first: it is what the whole image is shown with.
  async function copy(of) {
    const pixels = size.width * size.height;
    const levels = [4, 2, 1].filter((level) => (level === 1 ? pixels <= WHOLE : pixels / level > LARGE / 4));
    for (const level of levels) {
      const options = level === 1 ? {} : { resizeWidth: Math.round(size.width / level), resizeHeight: Math.round(size.height / level), resizeQuality: "medium" };
      const bitmap = await createImageBitmap(element, options).catch(() => null); // without it the file itself is painted
      if (of !== turn) return bitmap?.close();
      if (bitmap) copies.push({ level, bitmap });
    }
    return onChange();
  }

  // The coarsest that is fine enough for a screen of so many device pixels an image pixel.
  function sourceFor(scale) {
    const fine = copies.filter(({ level }) => level * scale <= 1 || level === 1).sort((a, b) => b.level - a.level);
    return fine[0]?.bitmap ?? element;
  }

  return {
    get size() {
      return size;
    },
    // Painted at the size the server states, whatever the file's own metadata made of it.
    set(next, { width, height }) {
      turn += 1;
      drop();
      [element, size] = [next, { width, height }];
      if (element && width * height > LARGE) copy(turn);
    },
    crisp: (scale) => scale >= CRISP_FROM,
    paint(ctx, scale) {
      if (!element) return;
      ctx.imageSmoothingEnabled = scale < CRISP_FROM;
      ctx.imageSmoothingQuality = "medium";
      ctx.drawImage(sourceFor(ctx.getTransform().a), 0, 0, size.width, size.height);
    },
    drop() {
      turn += 1;
      drop();
    },
  };
}
