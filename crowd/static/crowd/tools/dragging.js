// Shapes drawn from one point to another, some on to a third: press, drag and let go, or click each.

import { paintObject } from "../canvas/paint.js";
import { clamp, distance } from "../geometry/numbers.js";
import { reshaping } from "./reshape.js";
import { gettext } from "../words.js";

const CLICK = { mouse: 4, pen: 6, touch: 10 }; // screen pixels that a hand shakes while clicking

export function isClick(from, to, event, scale) {
  return distance(from, to) * scale <= (CLICK[event.pointerType] ?? CLICK.mouse);
}

// `made(points, image)` is the geometry of two points, or of `count`; `hints` say what is asked for after each point.
export function createDragging(editor, { shape, count = 2, made, hints }) {
  const { board } = editor;
  let points = []; // those settled
  let pressed = null; // where the button or the finger went down
  let current = null;

  const inside = ([x, y]) => [clamp(x, 0, board.image.width), clamp(y, 0, board.image.height)];
  const stop = () => {
    points = [];
    pressed = current = null;
    board.redraw();
  };
  const take = (point) => {
    points.push(point);
    if (points.length < count) return editor.render();
    const taken = editor.offer({ [shape]: made(points, board.image) });
    if (taken || count === 2) stop();
    else points.pop(); // two of three are good: only the last is asked for again
    return editor.render();
  };

  return reshaping(editor, {
    busy: () => points.length > 0 || pressed !== null,
    down(point) {
      pressed = current = inside(point);
    },
    move(point) {
      if (pressed || points.length) current = inside(point);
    },
    up(point, event) {
      if (!pressed) return;
      const [from, to] = [pressed, inside(point)];
      const clicked = isClick(from, to, event, board.view.scale);
      pressed = null;
      current = to;
      if (points.length || clicked) return take(to);
      points.push(from);
      take(to);
    },
    interrupt() {
      pressed = null;
      if (!points.length) stop();
    },
    disable: stop,
    finish() {
      if (!points.length) return false;
      if (current) take(current);
      return true;
    },
    undoPoint() {
      if (!points.length) return false;
      points.pop();
      if (!points.length) stop();
      editor.render();
      return true;
    },
    status: () => (points.length ? { hint: hints[points.length - 1], undo: gettext("Back"), finish: null } : null),
    paint(ctx, scale) {
      const known = points.length ? points : pressed ? [pressed] : [];
      if (known.length && current) {
        const object = { [shape]: made([...known, current], board.image) };
        paintObject(ctx, scale, object, { colour: editor.activeColour, selected: true });
      }
    },
  });
}
