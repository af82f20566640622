// A whole answer at once: the outlines of all its objects of one label are one path, which is made once and stroked in
// one go. Ten answers of two hundred objects are then as light as twenty objects.

import { paintObject, paintPath } from "./paint.js";
import { outline } from "../geometry/outlines.js";

const known = new WeakMap(); // objects: [{label, path, apart}]

// Points, keypoints and masks are painted each by itself.
function isApart(object) {
  return Boolean(object.mask || object.keypoints || object.point);
}

function tracesOf(objects) {
  if (known.has(objects)) return known.get(objects);
  const labels = new Map();
  for (const object of objects) {
    if (!labels.has(object.label)) labels.set(object.label, { label: object.label, path: new Path2D(), apart: [] });
    const { path, apart } = labels.get(object.label);
    if (isApart(object)) { apart.push(object); continue; }
    for (const { points, closed } of outline(object)) {
      points.forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
      if (closed) path.closePath();
    }
  }
  known.set(objects, [...labels.values()]);
  return known.get(objects);
}

// `styleOf(label)` is {colour, dashed, selected, pattern, skeleton}, as `paintObject` takes it.
export function paintLayer(ctx, scale, objects, styleOf) {
  for (const { label, path, apart } of tracesOf(objects)) {
    const style = styleOf(label);
    paintPath(ctx, scale, path, style);
    for (const object of apart) paintObject(ctx, scale, object, { opacity: 0.04, ...style });
  }
}
