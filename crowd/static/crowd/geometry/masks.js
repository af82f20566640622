// Masks are {size: [height, width], counts}: COCO's run lengths. They are never changed; what was read of one is kept with it.

import { countsOf, endsOf, runAt, runsFromSpans, runsOf } from "./runs.js";

const known = new WeakMap();

// {height, width, ends}: where its runs end.
function read(mask) {
  let found = known.get(mask);
  if (!found) {
    const [height, width] = mask.size;
    found = { height, width, ends: endsOf(runsOf(mask.counts)) };
    known.set(mask, found);
  }
  return found;
}

export function fromSpans(spans, { width, height }) {
  return { size: [height, width], counts: countsOf(runsFromSpans(spans, width * height)) };
}

export function* spansOf(mask) {
  const { ends } = read(mask);
  for (let run = 1; run < ends.length; run += 2) yield [ends[run - 1], ends[run]];
}

export function area(mask) {
  let pixels = 0;
  for (const [start, end] of spansOf(mask)) pixels += end - start;
  return pixels;
}

// [x, y, w, h]; null for an empty one.
export function bounds(mask) {
  const facts = read(mask);
  if (facts.bounds === undefined) facts.bounds = measure(mask, facts.height);
  return facts.bounds;
}

function measure(mask, height) {
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
  for (const [start, end] of spansOf(mask)) {
    const [first, last] = [Math.floor(start / height), Math.floor((end - 1) / height)];
    [left, right] = [Math.min(left, first), Math.max(right, last + 1)];
    const whole = first !== last; // a run into the next column touches both the bottom and the top
    [top, bottom] = whole ? [0, height] : [Math.min(top, start - first * height), Math.max(bottom, end - first * height)];
  }
  return left === Infinity ? null : [left, top, right - left, bottom - top];
}

export function contains(mask, [x, y]) {
  const { height, width, ends } = read(mask);
  const [column, row] = [Math.floor(x), Math.floor(y)];
  if (column < 0 || row < 0 || column >= width || row >= height) return false;
  return runAt(ends, column * height + row) % 2 === 1;
}

function combined(a, b, rule) {
  const [one, other] = [read(a), read(b)];
  if (one.height !== other.height || one.width !== other.width) throw new Error("Masks of different sizes cannot be combined.");
  const spans = [];
  const length = one.width * one.height;
  let [i, j, at] = [0, 0, 0];
  while (at < length) {
    const end = Math.min(one.ends[i], other.ends[j]);
    if (end > at && rule(i % 2 === 1, j % 2 === 1)) spans.push([at, end]);
    at = end;
    if (one.ends[i] === at) i += 1;
    if (other.ends[j] === at) j += 1;
  }
  return fromSpans(spans, one);
}

export const union = (a, b) => combined(a, b, (inA, inB) => inA || inB);

export const subtract = (a, b) => combined(a, b, (inA, inB) => inA && !inB);

// Moved by whole pixels; what leaves the image is cut off, and a mask is never moved out of it wholly.
export function moved(mask, [dx, dy], image) {
  const [by, down] = [Math.round(dx), Math.round(dy)];
  const { height, width } = read(mask);
  const spans = [];
  for (const [start, end] of spansOf(mask)) {
    for (let column = Math.floor(start / height); column * height < end; column += 1) {
      const top = Math.max(start - column * height, 0) + down;
      const bottom = Math.min(end - column * height, height) + down;
      const x = column + by;
      if (x < 0 || x >= width || bottom <= 0 || top >= height) continue;
      spans.push([x * height + Math.max(top, 0), x * height + Math.min(bottom, height)]);
    }
  }
  return spans.length ? fromSpans(spans, image) : mask;
}

// A disc as wide and as high as [w, h].
export function disc([cx, cy], [w, h], { width, height }) {
  const spans = [];
  for (let x = Math.max(0, Math.floor(cx - w / 2)); x < Math.min(width, cx + w / 2); x += 1) {
    const across = (2 * (x + 0.5 - cx)) / w;
    if (Math.abs(across) > 1) continue;
    const half = (h / 2) * Math.sqrt(1 - across * across);
    const [top, bottom] = [Math.max(0, Math.ceil(cy - half - 0.5)), Math.min(height, Math.floor(cy + half - 0.5) + 1)];
    if (bottom > top) spans.push([x * height + top, x * height + bottom]);
  }
  return fromSpans(spans, { width, height });
}

// Every `step`-th pixel from (left, top) on, as zeros and ones row by row into `target` of `across` x `down`.
export function sample(mask, { left, top, across, down, step }, target) {
  const { height, width, ends } = read(mask);
  target.fill(0);
  const [first, last] = [Math.max(top, 0), Math.min(top + down * step, height)];
  for (let i = 0; i < across; i += 1) {
    const x = left + i * step;
    if (x < 0 || x >= width || last <= first) continue;
    const base = x * height;
    for (let run = runAt(ends, base + first) | 1; run < ends.length && ends[run - 1] < base + last; run += 2) {
      const from = Math.max(0, Math.ceil((Math.max(ends[run - 1] - base, first) - top) / step));
      const to = Math.ceil((Math.min(ends[run] - base, last) - top) / step);
      for (let j = from; j < to; j += 1) target[j * across + i] = 1;
    }
  }
}
