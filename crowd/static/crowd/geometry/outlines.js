// Any object of an annotation as paths to draw or to hit: [{points: [[x, y], ...], closed}], in image pixels. Objects never
// change (a changed one is a new one), so that what was worked out for one is kept with it.

import * as boxes from "./boxes.js";
import * as cuboids from "./cuboids.js";
import { bones, placed } from "./keypoints.js";
import * as masks from "./masks.js";
import { bounds, distanceToPath, distanceToSegment, polygonArea, polygonContains } from "./polygons.js";
import { corners, ellipseBounds, ellipseContains, ellipseOutline } from "./turned.js";

export const SHAPES = ["box", "rotated_box", "polygon", "polyline", "ellipse", "point", "keypoints", "mask", "cuboid"];

const ring = (points) => ({ points, closed: true });

const PATHS = {
  box: ([x, y, w, h]) => [ring([[x, y], [x + w, y], [x + w, y + h], [x, y + h]])],
  rotated_box: (box) => [ring(corners(box))],
  ellipse: (ellipse) => [ring(ellipseOutline(ellipse))],
  polygon: (rings) => rings.map(ring),
  polyline: (points) => [{ points, closed: false }],
  point: (point) => [{ points: [point], closed: false }],
  keypoints: (points) => placed(points).map(([x, y]) => ({ points: [[x, y]], closed: false })),
  cuboid: (points) => [
    ring(points.slice(0, 4)),
    ring(points.slice(4, 8)),
    ...[0, 1, 2, 3].map((i) => ({ points: [points[i], points[i + 4]], closed: false })),
  ],
  mask: () => [], // drawn from its pixels, not as a path
};

const AREAS = {
  box: boxes.area,
  rotated_box: ([, , w, h]) => w * h,
  ellipse: ([, , rx, ry]) => Math.PI * rx * ry,
  polygon: polygonArea,
  cuboid: cuboids.area,
};

const CONTAINS = {
  box: (box, point) => boxes.contains(box, point),
  ellipse: ellipseContains,
  cuboid: (points, point) => polygonContains([cuboids.silhouette(points)], point),
};

const known = new WeakMap();

export function shapeOf(object) {
  return SHAPES.find((shape) => object[shape] !== undefined) ?? null;
}

function factsOf(object) {
  let facts = known.get(object);
  if (facts) return facts;
  const shape = shapeOf(object);
  const paths = shape ? PATHS[shape](object[shape]) : [];
  const points = paths.flatMap((path) => path.points);
  const box = shape === "ellipse" ? ellipseBounds(object.ellipse) : points.length ? bounds(points) : null;
  facts = { shape, paths, bounds: box };
  known.set(object, facts);
  return facts;
}

export function outline(object) {
  return factsOf(object).paths;
}

// [x, y, w, h]; null for what has no outline.
export function boundsOf(object) {
  return factsOf(object).bounds;
}

// Square pixels: that of the bounds for keypoints, 0 for points and lines.
export function areaOf(object) {
  const facts = factsOf(object);
  if (facts.area !== undefined) return facts.area;
  const { shape } = facts;
  if (AREAS[shape]) facts.area = AREAS[shape](object[shape]);
  else facts.area = shape === "keypoints" && facts.bounds ? facts.bounds[2] * facts.bounds[3] : 0;
  return facts.area;
}

function isWithin({ shape, paths }, object, point) {
  if (CONTAINS[shape]) return CONTAINS[shape](object[shape], point);
  const rings = paths.filter((path) => path.closed).map((path) => path.points);
  return rings.length > 0 && polygonContains(rings, point);
}

// Whether a point is on or in the object, within a tolerance in image pixels; of keypoints also on a line of the skeleton.
export function hits(object, point, tolerance, skeleton = null) {
  const facts = factsOf(object);
  if (!facts.bounds || !boxes.contains(facts.bounds, point, tolerance)) return false;
  if (isWithin(facts, object, point)) return true;
  if (facts.paths.some((path) => distanceToPath(point, path.points, path.closed) <= tolerance)) return true;
  return facts.shape === "keypoints" && bones(object.keypoints, skeleton).some(([a, b]) => distanceToSegment(point, a, b) <= tolerance);
}

// The topmost object under a point; of several, the smallest, so that one inside another can be reached.
export function topmost(objects, point, tolerance, skeletonOf = () => null) {
  let best = -1;
  let smallest = Infinity;
  objects.forEach((object, index) => {
    if (!hits(object, point, tolerance, skeletonOf(object))) return;
    const area = areaOf(object);
    if (area <= smallest) [best, smallest] = [index, area];
  });
  return best;
}
