// Points: one click each.

import { paintObject } from "../canvas/paint.js";
import { insideImage } from "../geometry/paths.js";
import { reshaping } from "./reshape.js";
import { register } from "./registry.js";

function drawing(editor) {
  const { board } = editor;
  let pressed = false;
  let at = null;

  const stop = () => {
    pressed = false;
    at = null;
    board.redraw();
  };

  return reshaping(editor, {
    busy: () => pressed,
    down(point) {
      pressed = true;
      at = insideImage(point, board.image);
    },
    move(point) {
      if (pressed) at = insideImage(point, board.image);
    },
    up(point) {
      if (!pressed) return;
      stop();
      editor.offer({ point: insideImage(point, board.image) });
    },
    interrupt: stop,
    disable: stop,
    paint(ctx, scale) {
      if (pressed && at) paintObject(ctx, scale, { point: at }, { colour: editor.activeColour, selected: true });
    },
  });
}

const moved = ([x, y], [dx, dy], image) => insideImage([x + dx, y + dy], image);

register({
  shape: "point",
  draw: drawing,
  starter: (centre, size, image) => insideImage(centre, image),
  handles: (point) => ({ c0: point }),
  moved,
  resized: (point, handle, to, image) => insideImage(to, image),
  grown: moved,
});
