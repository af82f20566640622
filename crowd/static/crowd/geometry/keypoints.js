// Keypoints [[x, y, v], ...] in the class's order: v is 0 where not labelled, 1 occluded, 2 visible.

import { bounds } from "./polygons.js";
import { insideImage, shifted, heldDelta, scaled } from "./paths.js";
import { round } from "./numbers.js";

export const ABSENT = [0, 0, 0];

export const placed = (points) => points.filter(([, , v]) => v > 0);

const onlyPlaced = (points, change) => points.map((point) => (point[2] > 0 ? change(point) : point));

// One for each name, on an oval, to be moved to their places.
export function starter([cx, cy], [w, h], image, count) {
  return Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count - Math.PI / 2;
    return [...insideImage([cx + (w / 2) * Math.cos(angle), cy + (h / 2) * Math.sin(angle)], image), 2];
  });
}

export function handles(points) {
  return Object.fromEntries(points.flatMap(([x, y, v], i) => (v > 0 ? [[`v0.${i}`, [x, y]]] : [])));
}

export function indexOf(handle) {
  return Number(handle.split(".")[1]);
}

export function resized(points, handle, point, image) {
  return points.map((old, i) => (i === indexOf(handle) ? [...insideImage(point, image), old[2]] : old));
}

export function moved(points, delta, image) {
  const held = placed(points).length ? heldDelta(placed(points), delta, image) : delta;
  return onlyPlaced(points, (point) => shifted([point], held)[0]);
}

export function grown(points, delta, image) {
  const all = placed(points);
  return all.length ? onlyPlaced(points, (point) => scaled([point], all, delta, image)[0]) : points;
}

// Seen to hidden and back.
export function occluded(points, index) {
  return points.with(index, [points[index][0], points[index][1], points[index][2] === 2 ? 1 : 2]);
}

// Without this one; null where none would be left.
export function without(points, index) {
  const next = points.with(index, ABSENT);
  return placed(next).length ? next : null;
}

// One that was left out, put amid the others, to be dragged to its place.
export function restored(points, index) {
  const [x, y, w, h] = bounds(placed(points));
  return points.with(index, [round(x + w / 2), round(y + h / 2), 2]);
}

// Pairs of points to join by a line.
export function bones(points, skeleton) {
  return (skeleton ?? []).filter(([a, b]) => points[a]?.[2] > 0 && points[b]?.[2] > 0).map(([a, b]) => [points[a], points[b]].map(([x, y]) => [x, y]));
}
