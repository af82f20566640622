// Ellipses: drag across, from one corner of the box around it to the other. A handle turns them.

import { fromCorners } from "../geometry/boxes.js";
import { boundsOf } from "../geometry/outlines.js";
import { boxOf, ellipseOf, handles, moved, resized, rounded } from "../geometry/turned.js";
import { createDragging } from "./dragging.js";
import { register } from "./registry.js";
import { gettext } from "../words.js";

function across([a, b]) {
  const [x, y, w, h] = fromCorners(a, b);
  return rounded([x + w / 2, y + h / 2, w / 2, h / 2, 0]);
}

register({
  shape: "ellipse",
  draw: (editor) => createDragging(editor, { shape: "ellipse", made: across, hints: [gettext("Now the opposite corner")] }),
  starter: ([x, y], [w, h]) => rounded([x, y, w / 2, h / 2, 0]),
  handles: (ellipse, scale) => handles(boxOf(ellipse), scale, ["n", "e", "s", "w"]),
  moved: (ellipse, delta, image) => moved(ellipse, delta, boundsOf({ ellipse }), image),
  resized: (ellipse, handle, point, image, options) => rounded(ellipseOf(resized(boxOf(ellipse), handle, point, options))),
  grown: ([cx, cy, rx, ry, degrees], [dx, dy]) => rounded([cx, cy, Math.max(0.5, rx + dx / 2), Math.max(0.5, ry + dy / 2), degrees]),
  turned: ([cx, cy, rx, ry, degrees], by) => rounded([cx, cy, rx, ry, degrees + by]),
});
