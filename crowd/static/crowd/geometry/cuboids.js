// Cuboids: eight projected corners, the front face clockwise from its left top, then the back face the same way.

import { clamp, round } from "./numbers.js";
import { ringArea } from "./polygons.js";

export const EDGES = [[0, 1], [1, 2], [2, 3], [3, 0], [4, 5], [5, 6], [6, 7], [7, 4], [0, 4], [1, 5], [2, 6], [3, 7]];

const FACES = { front: [0, 1, 2, 3], back: [4, 5, 6, 7] };

function face([x, y, w, h]) {
  return [[x, y], [x + w, y], [x + w, y + h], [x, y + h]].map((corner) => corner.map(round));
}

// From the front face and how far the back one is shifted; both stay in the image.
export function fromFaces(front, [dx, dy], { width, height }) {
  const [x, y, w, h] = front;
  const shift = [clamp(dx, -x, width - w - x), clamp(dy, -y, height - h - y)];
  return [...face(front), ...face([x + shift[0], y + shift[1], w, h])];
}

// How far the back face is shifted when its corner nearest to the point is dragged there.
export function shiftTo([x, y, w, h], [px, py]) {
  return [px - (px > x + w / 2 ? x + w : x), py - (py > y + h / 2 ? y + h : y)];
}

// The outline of all corners together (Andrew's monotone chain), a ring.
export function silhouette(corners) {
  const sorted = [...corners].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const chain = (points) => {
    const kept = [];
    for (const point of points) {
      while (kept.length > 1 && turns(kept.at(-2), kept.at(-1), point) <= 0) kept.pop();
      kept.push(point);
    }
    return kept.slice(0, -1);
  };
  return [...chain(sorted), ...chain(sorted.reverse())];
}

function turns([ax, ay], [bx, by], [cx, cy]) {
  return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
}

export function area(corners) {
  return ringArea(silhouette(corners));
}

export function handles(corners) {
  const middle = (indices) => [0, 1].map((axis) => indices.reduce((sum, i) => sum + corners[i][axis], 0) / 4);
  const named = corners.map((corner, i) => [`c${i}`, corner]);
  return { ...Object.fromEntries(named), front: middle(FACES.front), back: middle(FACES.back) };
}

// A corner goes alone; a face goes whole and stops at the image's edge.
export function resized(corners, handle, point, image) {
  const inside = ([x, y]) => [round(clamp(x, 0, image.width)), round(clamp(y, 0, image.height))];
  if (handle.startsWith("c")) return corners.map((corner, i) => (`c${i}` === handle ? inside(point) : corner));
  const [cx, cy] = handles(corners)[handle];
  const indices = FACES[handle];
  const xs = indices.map((i) => corners[i][0]);
  const ys = indices.map((i) => corners[i][1]);
  const dx = clamp(point[0] - cx, -Math.min(...xs), image.width - Math.max(...xs));
  const dy = clamp(point[1] - cy, -Math.min(...ys), image.height - Math.max(...ys));
  return corners.map(([x, y], i) => (indices.includes(i) ? [round(x + dx), round(y + dy)] : [x, y]));
}
