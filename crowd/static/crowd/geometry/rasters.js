// Rasters are masks to paint on: {width, height, data}, a byte a pixel, column by column as COCO counts. What paints gives
// back where: {left, top, right, bottom}, or null.

import { fromSpans, spansOf } from "./masks.js";

export function createRaster({ width, height }) {
  return { width, height, data: new Uint8Array(width * height) };
}

export function load(raster, mask) {
  raster.data.fill(0);
  if (mask) for (const [start, end] of spansOf(mask)) raster.data.fill(1, start, end);
}

// The mask; null when no pixel is set.
export function toMask(raster) {
  const { data } = raster;
  const spans = [];
  for (let start = data.indexOf(1); start >= 0;) {
    const found = data.indexOf(0, start);
    const end = found < 0 ? data.length : found;
    spans.push([start, end]);
    start = data.indexOf(1, end);
  }
  return spans.length ? fromSpans(spans, raster) : null;
}

function grown(area, x, top, bottom) {
  if (!area) return { left: x, top, right: x + 1, bottom };
  area.left = Math.min(area.left, x);
  area.right = Math.max(area.right, x + 1);
  area.top = Math.min(area.top, top);
  area.bottom = Math.max(area.bottom, bottom);
  return area;
}

function setSpan({ height, data }, x, top, bottom, value) {
  data.fill(value, x * height + top, x * height + bottom);
}

// The lowest and highest y at which the vertical line at x meets the points within `radius` of the segment from a to b.
function chord(x, [ax, ay], [bx, by], radius) {
  let [low, high] = [Infinity, -Infinity];
  const reach = (y) => { low = Math.min(low, y); high = Math.max(high, y); };
  for (const [px, py] of [[ax, ay], [bx, by]]) {
    const rest = radius * radius - (x - px) * (x - px);
    if (rest < 0) continue;
    reach(py - Math.sqrt(rest));
    reach(py + Math.sqrt(rest));
  }
  const length = Math.hypot(bx - ax, by - ay);
  if (length === 0) return [low, high];
  const [nx, ny] = [(-(by - ay) / length) * radius, ((bx - ax) / length) * radius];
  for (const side of [-1, 1]) {
    const [x0, x1] = [ax + side * nx, bx + side * nx];
    if (x0 === x1 || x < Math.min(x0, x1) || x > Math.max(x0, x1)) continue;
    reach(ay + side * ny + ((by - ay) * (x - x0)) / (x1 - x0));
  }
  return [low, high];
}

// Every pixel whose centre lies within half of `size` of the segment from a to b; a brush of 1 paints the pixel it is in.
export function stroke(raster, a, b, size, value) {
  const { width, height } = raster;
  const snap = ([x, y]) => (size <= 1 ? [Math.floor(x) + 0.5, Math.floor(y) + 0.5] : [x, y]);
  const [from, to] = [snap(a), snap(b)];
  const radius = Math.max(size, 1) / 2;
  let area = null;
  const first = Math.max(0, Math.floor(Math.min(from[0], to[0]) - radius));
  const last = Math.min(width - 1, Math.ceil(Math.max(from[0], to[0]) + radius));
  for (let x = first; x <= last; x += 1) {
    const [low, high] = chord(x + 0.5, from, to, radius);
    const [top, bottom] = [Math.max(0, Math.ceil(low - 0.5)), Math.min(height, Math.floor(high - 0.5) + 1)];
    if (bottom <= top) continue;
    setSpan(raster, x, top, bottom, value);
    area = grown(area, x, top, bottom);
  }
  return area;
}

// Where a row's centre crosses the rings' edges, an edge from y0 to y1 counting in [min, max).
function crossings(rings, y) {
  const found = [];
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      const [[ax, ay], [bx, by]] = [ring[i], ring[j]];
      if (ay > y !== by > y) found.push(((bx - ax) * (y - ay)) / (by - ay) + ax);
    }
  }
  return found.sort((a, b) => a - b);
}

// Every pixel whose centre lies inside the rings by the even-odd rule; of centres on an edge, those on a left or upper one.
export function fillPolygon(raster, rings, value) {
  const { width, height, data } = raster;
  const ys = rings.flat().map(([, y]) => y);
  let area = null;
  const last = Math.min(height - 1, Math.ceil(Math.max(...ys)));
  for (let y = Math.max(0, Math.floor(Math.min(...ys))); y <= last; y += 1) {
    const xs = crossings(rings, y + 0.5);
    for (let i = 0; i + 1 < xs.length; i += 2) {
      const [from, to] = [Math.max(0, Math.ceil(xs[i] - 0.5)), Math.min(width, Math.ceil(xs[i + 1] - 0.5))];
      for (let x = from; x < to; x += 1) data[x * height + y] = value;
      if (to > from) area = grown(grown(area, from, y, y + 1), to - 1, y, y + 1);
    }
  }
  return area;
}

const MARK = 2;

// The gap around a point filled: the unset pixels that hang together by their sides. Null, and nothing done, where the
// point is set already or the gap has more than `limit` pixels.
export function flood(raster, [px, py], limit) {
  const { width, height, data } = raster;
  const start = [Math.floor(px), Math.floor(py)];
  if (start[0] < 0 || start[1] < 0 || start[0] >= width || start[1] >= height) return null;
  const waiting = [start[0] * height + start[1]];
  const spans = [];
  let [count, area] = [0, null];
  while (waiting.length && count <= limit) {
    const at = waiting.pop();
    if (data[at] !== 0) continue;
    const x = Math.floor(at / height);
    let [top, bottom] = [at, at + 1];
    while (top > x * height && data[top - 1] === 0) top -= 1;
    while (bottom < (x + 1) * height && data[bottom] === 0) bottom += 1;
    data.fill(MARK, top, bottom);
    spans.push([top, bottom]);
    count += bottom - top;
    area = grown(area, x, top - x * height, bottom - x * height);
    for (const beside of [-height, height]) {
      if (x + Math.sign(beside) < 0 || x + Math.sign(beside) >= width) continue;
      for (let y = top + beside; y < bottom + beside; y += 1) {
        if (data[y] === 0 && (y === top + beside || data[y - 1] !== 0)) waiting.push(y);
      }
    }
  }
  const kept = count > 0 && count <= limit;
  for (const [top, bottom] of spans) data.fill(kept ? 1 : 0, top, bottom);
  return kept ? area : null;
}

// Every `step`-th pixel from (left, top) on, as zeros and ones row by row into `target` of `across` x `down`.
export function sample(raster, { left, top, across, down, step }, target) {
  const { width, height, data } = raster;
  target.fill(0);
  for (let i = 0; i < across; i += 1) {
    const x = left + i * step;
    if (x < 0 || x >= width) continue;
    for (let j = Math.max(0, Math.ceil(-top / step)); j < down && top + j * step < height; j += 1) {
      target[j * across + i] = data[x * height + top + j * step];
    }
  }
}
