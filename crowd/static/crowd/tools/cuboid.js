// Cuboids: drag the front face, then pull its nearest corner to where the back face is.

import { fromCorners, rounded } from "../geometry/boxes.js";
import { fromFaces, handles, resized, shiftTo } from "../geometry/cuboids.js";
import { heldDelta, scaled, shifted } from "../geometry/paths.js";
import { createDragging } from "./dragging.js";
import { register } from "./registry.js";
import { gettext } from "../words.js";

function built([a, b, c], image) {
  const front = rounded(fromCorners(a, b));
  return fromFaces(front, c ? shiftTo(front, c) : [0, 0], image);
}

register({
  shape: "cuboid",
  draw: (editor) =>
    createDragging(editor, {
      shape: "cuboid",
      count: 3,
      made: built,
      hints: [gettext("Now the opposite corner of the front"), gettext("Now a corner of the back")],
    }),
  starter: ([x, y], [w, h], image) => fromFaces(rounded([x - w / 2, y - h / 2, w, h]), [w / 4, -h / 4], image),
  handles,
  moved: (corners, delta, image) => shifted(corners, heldDelta(corners, delta, image)),
  resized,
  grown: (corners, delta, image) => scaled(corners, corners, delta, image),
});
