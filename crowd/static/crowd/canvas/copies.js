// Smaller copies of a large photograph, made ahead and beside the page's own thread, so that showing it decodes nothing.

const LARGE = 3e6; // pixels; below it the file itself is painted
const LEVELS = [4, 2]; // image pixels across one of the copy's; the smallest first, as the whole image is shown with it
const WHOLE = 40e6; // up to here a decoded copy is kept in full size too, once it is looked at closely

const stocks = new WeakMap(); // image element: its stock
const closed = new Set(); // origins whose files scripts may not read

export const large = ({ width, height }) => width * height > LARGE;

// A blob is decoded beside the page, an element in it. Where a bucket keeps its files from scripts, the element it is.
async function sourceOf(element) {
  const { origin } = new URL(element.src, document.baseURI);
  if (closed.has(origin)) return element;
  try {
    const response = await fetch(element.src, { cache: "force-cache", credentials: "same-origin" });
    if (response.ok) return await response.blob();
  } catch {
    closed.add(origin);
  }
  return element;
}

function createStock(element, { width, height }) {
  const source = sourceOf(element);
  const copies = [];
  let gone = false;
  let whole = null;
  let tell = () => {};

  async function make(level) {
    const reduced = { resizeWidth: Math.round(width / level), resizeHeight: Math.round(height / level), resizeQuality: "medium" };
    const bitmap = await createImageBitmap(await source, level === 1 ? {} : reduced).catch(() => null); // else the file itself is painted
    if (gone) return bitmap?.close();
    if (bitmap) copies.push({ level, bitmap });
    return tell();
  }
  const begun = make(LEVELS[0]);
  begun.then(() => make(LEVELS[1]));

  return {
    begun,
    set onMore(listener) {
      tell = listener;
    },
    // The coarsest that is fine enough for so many device pixels an image pixel; null where there is none yet.
    at(scale) {
      const fine = copies.filter(({ level }) => level * scale <= 1 || level === 1).sort((a, b) => b.level - a.level)[0];
      if (!fine && copies.length === LEVELS.length && width * height <= WHOLE) whole ??= make(1);
      return fine?.bitmap ?? null;
    },
    // What there is, however coarse, while a finer one is being made.
    any: () => copies.at(-1)?.bitmap ?? null,
    get making() {
      return whole !== null && !copies.some(({ level }) => level === 1);
    },
    drop() {
      gone = true;
      copies.splice(0).forEach(({ bitmap }) => bitmap.close());
      stocks.delete(element);
    },
  };
}

// The copies of this image, begun at the first call; null for a small one.
export function stockOf(element, size) {
  if (!element || !large(size)) return null;
  if (!stocks.has(element)) stocks.set(element, createStock(element, size));
  return stocks.get(element);
}
