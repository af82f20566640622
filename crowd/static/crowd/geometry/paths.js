// Lists of points, as rings of polygons and lines have: moved, scaled, and changed point by point. Handles are named
// `v0.3` (ring 0, point 3) and `m0.3` (the middle of the edge after it, which becomes a point where it is dragged).

import { bounds } from "./polygons.js";
import { clamp, distance, round } from "./numbers.js";

const ROOM = 26; // screen pixels that an edge needs for a handle in its middle

export function insideImage([x, y], { width, height }) {
  return [round(clamp(x, 0, width)), round(clamp(y, 0, height))];
}

// By how much points can be moved without leaving the image.
export function heldDelta(points, [dx, dy], { width, height }) {
  const [x, y, w, h] = bounds(points);
  return [clamp(dx, Math.min(0, -x), Math.max(0, width - x - w)), clamp(dy, Math.min(0, -y), Math.max(0, height - y - h))];
}

export function shifted(points, [dx, dy]) {
  return points.map(([x, y, ...rest]) => [round(x + dx), round(y + dy), ...rest]);
}

// Scaled about their left top so that their bounds grow by the delta, within the image.
export function scaled(points, all, [dx, dy], { width, height }) {
  const [x, y, w, h] = bounds(all);
  const factor = (extent, delta, room) => (extent > 0 ? clamp(extent + delta, Math.min(1, extent), Math.max(room, extent)) / extent : 1);
  const [fx, fy] = [factor(w, dx, width - x), factor(h, dy, height - y)];
  return points.map(([px, py, ...rest]) => [round(x + (px - x) * fx), round(y + (py - y) * fy), ...rest]);
}

export function handleNamed(name) {
  const [, kind, ring, index] = /^([vm])(\d+)\.(\d+)$/.exec(name);
  return { kind, ring: Number(ring), index: Number(index) };
}

export function handles(rings, { closed, scale = 1, edges = true }) {
  const found = {};
  rings.forEach((points, ring) => {
    points.forEach((point, index) => {
      found[`v${ring}.${index}`] = [point[0], point[1]];
      const next = points[index + 1] ?? (closed ? points[0] : null);
      if (edges && next && distance(point, next) * scale >= ROOM) {
        found[`m${ring}.${index}`] = [(point[0] + next[0]) / 2, (point[1] + next[1]) / 2];
      }
    });
  });
  return found;
}

// A point dragged, or a new one where the middle of an edge was.
export function reshaped(rings, name, point, image) {
  const { kind, ring, index } = handleNamed(name);
  const at = insideImage(point, image);
  const change = (points) => (kind === "v" ? points.with(index, at) : points.toSpliced(index + 1, 0, at));
  return rings.map((points, i) => (i === ring ? change(points) : points));
}

// Without one point; a ring with too few left goes whole. Null where nothing would be left.
export function withoutPoint(rings, name, least) {
  const { ring, index } = handleNamed(name);
  const left = rings[ring].toSpliced(index, 1);
  const next = left.length < least ? rings.toSpliced(ring, 1) : rings.with(ring, left);
  return next.length ? next : null;
}

// With a new point in the middle of the edge after the named one.
export function withPointAfter(rings, name, closed) {
  const { ring, index } = handleNamed(name);
  const points = rings[ring];
  const next = points[index + 1] ?? (closed ? points[0] : null);
  if (!next) return null;
  const middle = [round((points[index][0] + next[0]) / 2), round((points[index][1] + next[1]) / 2)];
  return { rings: rings.with(ring, points.toSpliced(index + 1, 0, middle)), name: `v${ring}.${index + 1}` };
}
