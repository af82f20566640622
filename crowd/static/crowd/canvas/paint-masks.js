// Masks on a canvas context that is scaled to image pixels: for the workbench, the reviewer's desk and the gold form alike.

import * as masks from "../geometry/masks.js";
import { createTiles } from "./tiles.js";

const tiles = new WeakMap();
const hidden = new WeakSet(); // under a brush: the tool paints them as they become

export function tilesOf(mask) {
  if (!tiles.has(mask)) {
    const [height, width] = mask.size;
    tiles.set(mask, createTiles({ width, height, read: (view, target) => masks.sample(mask, view, target) }));
  }
  return tiles.get(mask);
}

// What was painted of a mask while it was changed is what is painted of it now.
export function hand(mask, to) {
  to.readFrom((view, target) => masks.sample(mask, view, target));
  tiles.set(mask, to);
}

// Its tiles, to be painted on; it is made anew from its run lengths where it is shown again.
export function take(mask) {
  const found = tilesOf(mask);
  tiles.delete(mask);
  return found;
}

export function hide(mask) {
  hidden.add(mask);
}

export function reveal(mask) {
  hidden.delete(mask);
}

// The part of the image that a context shows.
export function seenBy(ctx) {
  const { a, e, f } = ctx.getTransform();
  return [-e / a, -f / a, ctx.canvas.width / a, ctx.canvas.height / a];
}

function shared([ax, ay, aw, ah], [bx, by, bw, bh]) {
  const [x, y] = [Math.max(ax, bx), Math.max(ay, by)];
  return [x, y, Math.min(ax + aw, bx + bw) - x, Math.min(ay + ah, by + bh) - y];
}

export function paintMask(ctx, mask, { colour, selected = false, faint = false }) {
  if (hidden.has(mask)) return;
  const bounds = masks.bounds(mask);
  if (!bounds) return;
  const part = shared(bounds, seenBy(ctx));
  if (part[2] <= 0 || part[3] <= 0) return;
  ctx.save();
  ctx.globalAlpha *= faint ? 0.35 : selected ? 1 : 0.7;
  tilesOf(mask).paint(ctx, part, colour);
  ctx.restore();
}
