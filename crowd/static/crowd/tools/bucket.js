// The bucket: fills the gap of the mask under the pointer. It goes by the mask's own outline and not by colours: what is
// filled is then what the worker closed. A gap of more than half the image is no gap, but what lies around the mask.

import { flood } from "../geometry/rasters.js";
import { registerWay } from "./registry.js";
import { createStrokes } from "./strokes.js";
import { gettext, gettext_noop } from "../words.js";

function createBucket(editor) {
  const { board } = editor;
  const strokes = createStrokes(editor);
  return {
    cursor: "cell",
    down(point) {
      if (!editor.document.objects[editor.selected]?.mask) return editor.say(gettext("Select the mask whose gap is to be filled, then click into the gap."));
      strokes.begin(point);
      const area = strokes.paint((raster) => flood(raster, point, Math.floor((board.image.width * board.image.height) / 2)));
      if (area) return strokes.end();
      strokes.drop();
      return editor.say(gettext("There is no closed gap here. Close the mask’s outline around it first."));
    },
    cancel: () => false,
    disable: () => strokes.free(),
  };
}

registerWay({ name: "bucket", title: gettext_noop("Fill a gap"), key: "Shift+f", shapes: ["mask"], draw: createBucket });
