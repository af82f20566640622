// Boxes: press, drag and let go, or click one corner and then the other.

import { clip, fromCorners, handles, moved, resized } from "../geometry/boxes.js";
import { createDragging } from "./dragging.js";
import { register } from "./registry.js";
import { gettext } from "../words.js";

register({
  shape: "box",
  draw: (editor) =>
    createDragging(editor, {
      shape: "box",
      made: ([a, b], image) => clip(fromCorners(a, b), image),
      hints: [gettext("Now the opposite corner")],
    }),
  starter: ([x, y], [w, h], image) => clip([x - w / 2, y - h / 2, w, h], image),
  handles,
  moved,
  resized,
  grown: ([x, y, w, h], [dx, dy], image) => resized([x, y, w, h], "se", [x + w + dx, y + h + dy], image),
});
