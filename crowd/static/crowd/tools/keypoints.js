// Keypoints: placed in the class's order, the next one's name shown; one that cannot be placed is skipped, one that is hidden
// is placed where it must be, with Shift or while “Occluded” is on.

import { paintObject, paintTag } from "../canvas/paint.js";
import * as keypoints from "../geometry/keypoints.js";
import { insideImage } from "../geometry/paths.js";
import { reshaping } from "./reshape.js";
import { register } from "./registry.js";
import { gettext } from "../words.js";

function drawing(editor) {
  const { board } = editor;
  const { keypoints: names = [], skeleton } = editor.activeClass;
  let points = [];
  let pressed = false;
  let hover = null; // {point, mouse}
  let occluded = false;

  const stop = () => {
    points = [];
    pressed = occluded = false;
    hover = null;
    board.redraw();
  };
  function finish() {
    if (!points.length) return false;
    const rest = names.slice(points.length).map(() => keypoints.ABSENT);
    const given = [...points, ...rest];
    if (keypoints.placed(given).length) editor.offer({ keypoints: given });
    else editor.say(gettext("Place at least one point."));
    stop();
    editor.render();
    return true;
  }
  function put(point) {
    points = [...points, point];
    occluded = false;
    if (points.length === names.length) finish();
    editor.render();
  }

  return reshaping(editor, {
    busy: () => points.length > 0 || pressed,
    down(point) {
      pressed = true;
      hover = { point: insideImage(point, board.image), mouse: false };
    },
    move(point, event) {
      hover = { point: insideImage(point, board.image), mouse: event.pointerType === "mouse" };
    },
    up(point, event) {
      if (!pressed) return;
      pressed = false;
      put([...insideImage(point, board.image), event.shiftKey || occluded ? 1 : 2]);
    },
    leave() {
      hover = null;
      board.redraw();
    },
    interrupt() {
      pressed = false;
      hover = null;
    },
    disable: stop,
    finish,
    undoPoint() {
      if (!points.length) return false;
      points = points.slice(0, -1);
      editor.render();
      return true;
    },
    status: () => ({
      hint: gettext("Next: {name} ({at} of {total})", { name: names[points.length] ?? "", at: points.length + 1, total: names.length }),
      undo: points.length ? gettext("Undo point") : null,
      finish: points.length ? gettext("Done") : null,
      more: [
        { name: "skip", label: gettext("Skip"), key: "Shift+x", run: () => put(keypoints.ABSENT) },
        { name: "occluded", label: gettext("Occluded"), key: "Shift+o", pressed: occluded, run: () => { occluded = !occluded; editor.render(); } },
      ],
    }),
    paint(ctx, scale) {
      const shown = pressed && hover ? [...points, [...hover.point, occluded ? 1 : 2]] : points;
      if (shown.length) paintObject(ctx, scale, { keypoints: shown }, { colour: editor.activeColour, selected: true, skeleton });
      if (!hover) return;
      const name = names[points.length];
      const lift = hover.mouse ? 12 : 44; // over the finger
      if (name) paintTag(ctx, scale, [hover.point[0] + 10 / scale, hover.point[1] - lift / scale], name, editor.activeColour);
    },
  });
}

register({
  shape: "keypoints",
  draw: drawing,
  starter: (centre, size, image, item) => keypoints.starter(centre, size, image, item.keypoints.length),
  handles: keypoints.handles,
  moved: keypoints.moved,
  grown: keypoints.grown,
  resized: keypoints.resized,
  removed: (points, handle) => keypoints.without(points, keypoints.indexOf(handle)),
  toggled: (points, handle) => keypoints.occluded(points, keypoints.indexOf(handle)),
});
