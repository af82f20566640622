// Boxes are [x, y, w, h], w and h never negative; points are [x, y]; an image is {width, height}.

import { clamp, round } from "./numbers.js";

export const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

export function fromCorners([ax, ay], [bx, by]) {
  return [Math.min(ax, bx), Math.min(ay, by), Math.abs(bx - ax), Math.abs(by - ay)];
}

export function area([, , w, h]) {
  return w * h;
}

export function intersection([ax, ay, aw, ah], [bx, by, bw, bh]) {
  const w = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
  const h = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  return w > 0 && h > 0 ? w * h : 0;
}

// Intersection over union, 0 to 1; two boxes without area share nothing.
export function iou(a, b) {
  const shared = intersection(a, b);
  const union = area(a) + area(b) - shared;
  return union > 0 ? shared / union : 0;
}

export function contains([x, y, w, h], [px, py], margin = 0) {
  return px >= x - margin && px <= x + w + margin && py >= y - margin && py <= y + h + margin;
}

// The part of the box inside the image.
export function clip(box, { width, height }) {
  const left = clamp(box[0], 0, width);
  const top = clamp(box[1], 0, height);
  const right = clamp(box[0] + box[2], 0, width);
  const bottom = clamp(box[1] + box[3], 0, height);
  return rounded([left, top, right - left, bottom - top]);
}

// Moved whole: it stops at the image's edge and keeps its size.
export function moved([x, y, w, h], [dx, dy], { width, height }) {
  return rounded([
    clamp(x + dx, 0, Math.max(0, width - w)),
    clamp(y + dy, 0, Math.max(0, height - h)),
    w,
    h,
  ]);
}

// One handle dragged to a point; past the opposite side the box turns over instead of having a negative size.
export function resized([x, y, w, h], handle, [px, py], image) {
  let [left, top, right, bottom] = [x, y, x + w, y + h];
  if (handle.includes("w")) left = px;
  if (handle.includes("e")) right = px;
  if (handle.includes("n")) top = py;
  if (handle.includes("s")) bottom = py;
  return clip(fromCorners([left, top], [right, bottom]), image);
}

export function handles([x, y, w, h]) {
  const [cx, cy, right, bottom] = [x + w / 2, y + h / 2, x + w, y + h];
  return {
    nw: [x, y], n: [cx, y], ne: [right, y], e: [right, cy],
    se: [right, bottom], s: [cx, bottom], sw: [x, bottom], w: [x, cy],
  };
}

export function rounded(box) {
  const [left, top] = [round(box[0]), round(box[1])];
  return [left, top, round(round(box[0] + box[2]) - left), round(round(box[1] + box[3]) - top)];
}
