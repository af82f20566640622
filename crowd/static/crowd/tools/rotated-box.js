// Rotated boxes: drag along one side, or click its two ends; then as far as the opposite side. A handle turns them.

import { boundsOf } from "../geometry/outlines.js";
import { fromEdge, handles, moved, resized, rounded } from "../geometry/turned.js";
import { createDragging } from "./dragging.js";
import { register } from "./registry.js";
import { gettext } from "../words.js";

register({
  shape: "rotated_box",
  draw: (editor) =>
    createDragging(editor, {
      shape: "rotated_box",
      count: 3,
      made: ([a, b, c]) => fromEdge(a, b, c ?? b),
      hints: [gettext("Now the other end of this side"), gettext("Now the opposite side")],
    }),
  starter: ([x, y], [w, h]) => rounded([x, y, w, h, 0]),
  handles: (box, scale) => handles(box, scale),
  moved: (box, delta, image) => moved(box, delta, boundsOf({ rotated_box: box }), image),
  resized: (box, handle, point, image, options) => resized(box, handle, point, options),
  grown: ([cx, cy, w, h, degrees], [dx, dy]) => rounded([cx, cy, Math.max(1, w + dx), Math.max(1, h + dy), degrees]),
  turned: ([cx, cy, w, h, degrees], by) => rounded([cx, cy, w, h, degrees + by]),
});
