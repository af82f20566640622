// Any object of an annotation as paths to draw or to hit: [{points: [[x, y], ...], closed}], in image pixels.

import { bounds, distanceToPath, polygonContains } from "./polygons.js";

export const SHAPES = ["box", "rotated_box", "polygon", "polyline", "ellipse", "point", "keypoints", "mask", "cuboid"];

const ELLIPSE_STEPS = 48;

function turned([cx, cy], degrees, offsets) {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return offsets.map(([dx, dy]) => [cx + dx * cos - dy * sin, cy + dx * sin + dy * cos]);
}

const PATHS = {
  box: ([x, y, w, h]) => [{ points: [[x, y], [x + w, y], [x + w, y + h], [x, y + h]], closed: true }],
  rotated_box: ([cx, cy, w, h, degrees]) => {
    const [a, b] = [w / 2, h / 2];
    return [{ points: turned([cx, cy], degrees, [[-a, -b], [a, -b], [a, b], [-a, b]]), closed: true }];
  },
  ellipse: ([cx, cy, rx, ry, degrees]) => {
    const offsets = Array.from({ length: ELLIPSE_STEPS }, (_, step) => {
      const angle = (2 * Math.PI * step) / ELLIPSE_STEPS;
      return [rx * Math.cos(angle), ry * Math.sin(angle)];
    });
    return [{ points: turned([cx, cy], degrees, offsets), closed: true }];
  },
  polygon: (rings) => rings.map((points) => ({ points, closed: true })),
  polyline: (points) => [{ points, closed: false }],
  point: (point) => [{ points: [point], closed: false }],
  keypoints: (points) => points.filter(([, , v]) => v > 0).map(([x, y]) => ({ points: [[x, y]], closed: false })),
  cuboid: (corners) => [
    { points: corners.slice(0, 4), closed: true },
    { points: corners.slice(4, 8), closed: true },
    ...[0, 1, 2, 3].map((i) => ({ points: [corners[i], corners[i + 4]], closed: false })),
  ],
  mask: () => [], // drawn from its pixels, not as a path
};

function ellipseBounds([cx, cy, rx, ry, degrees]) {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const [w, h] = [Math.hypot(rx * cos, ry * sin), Math.hypot(rx * sin, ry * cos)];
  return [cx - w, cy - h, 2 * w, 2 * h];
}

export function shapeOf(object) {
  return SHAPES.find((shape) => object[shape] !== undefined) ?? null;
}

export function outline(object) {
  const shape = shapeOf(object);
  return shape ? PATHS[shape](object[shape]) : [];
}

// [x, y, w, h]; null for what has no outline.
export function boundsOf(object) {
  if (object.ellipse) return ellipseBounds(object.ellipse);
  const points = outline(object).flatMap((path) => path.points);
  return points.length ? bounds(points) : null;
}

// Whether a point is on or in the object, within a tolerance in image pixels.
export function hits(object, point, tolerance) {
  const paths = outline(object);
  const rings = paths.filter((path) => path.closed).map((path) => path.points);
  if (rings.length && polygonContains(rings, point)) return true;
  return paths.some((path) => distanceToPath(point, path.points, path.closed) <= tolerance);
}

// The topmost object under a point; of several, the smallest, so that one inside another can be reached.
export function topmost(objects, point, tolerance) {
  let best = -1;
  let smallest = Infinity;
  objects.forEach((object, index) => {
    if (!hits(object, point, tolerance)) return;
    const [, , w, h] = boundsOf(object);
    if (w * h <= smallest) [best, smallest] = [index, w * h];
  });
  return best;
}
