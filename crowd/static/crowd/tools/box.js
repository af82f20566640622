// Boxes: press, drag and let go, or click one corner and then the other.

import { paintCross, paintObject } from "../canvas/paint.js";
import { clip, fromCorners, handles, moved, resized } from "../geometry/boxes.js";
import { clamp, distance } from "../geometry/numbers.js";
import { register } from "./registry.js";
import { createReshape } from "./reshape.js";

const CLICK = 4; // screen pixels that a hand shakes while clicking

function drawing(editor) {
  const { board } = editor;
  const reshape = createReshape(editor);
  let start = null; // the first corner
  let current = null;
  let clicking = false; // between the two clicks
  let hover = null;

  const inside = ([x, y]) => [clamp(x, 0, board.image.width), clamp(y, 0, board.image.height)];
  const stop = () => {
    start = current = null;
    clicking = false;
    board.redraw();
  };
  const finish = (point) => {
    const box = clip(fromCorners(start, inside(point)), board.image);
    stop();
    const least = Math.max(editor.activeClass?.min_side ?? 0, 1);
    if (Math.min(box[2], box[3]) < least) editor.say(`Too small: each side must be at least ${least} px.`);
    else editor.add({ box });
  };

  return {
    cursor: "crosshair",
    down(point, event) {
      if (clicking) return;
      if (reshape.grabHandle(point, event)) return;
      start = current = inside(point);
    },
    move(point, event) {
      hover = event.pointerType === "mouse" ? point : null;
      if (reshape.active) reshape.drag(point);
      else if (start) current = inside(point);
      board.redraw();
    },
    up(point) {
      if (reshape.active) return reshape.drop();
      if (!start) return undefined;
      const shaken = distance(start, inside(point)) * board.view.scale <= CLICK;
      if (shaken && !clicking) clicking = true;
      else finish(point);
      return undefined;
    },
    leave() {
      hover = null;
      board.redraw();
    },
    cancel() {
      const busy = start !== null || reshape.active;
      reshape.cancel();
      stop();
      return busy;
    },
    disable: stop,
    paint(ctx, scale) {
      if (start) paintObject(ctx, scale, { box: fromCorners(start, current) }, { colour: editor.activeColour, selected: true });
      else if (hover) paintCross(ctx, scale, hover, board.image);
    },
  };
}

register({
  shape: "box",
  draw: drawing,
  starter: ([x, y], [w, h], image) => clip([x - w / 2, y - h / 2, w, h], image),
  handles,
  moved,
  resized,
});
