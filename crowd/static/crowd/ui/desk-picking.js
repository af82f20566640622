// On the desk a click takes an object of a layer into the ruling, and another click leaves it out again.

import { groupAt } from "../labels/rulings.js";

const REACH = { mouse: 6, pen: 8, touch: 16 }; // screen pixels
const SHAKE = 5; // screen pixels that a click may move

export function createPicking({ editor, layers, groups, onPick, paint }) {
  const { board } = editor;
  let pressed = null;

  return {
    cursor: "default",
    down(point, event) {
      pressed = { point, at: board.screenOf(event), found: layers.at(point, (REACH[event.pointerType] ?? REACH.mouse) / board.view.scale) };
      return pressed.found ? undefined : "pan";
    },
    move() {},
    up(point, event) {
      const { at, found } = pressed ?? {};
      pressed = null;
      if (!found) return;
      const [x, y] = board.screenOf(event);
      if (Math.hypot(x - at[0], y - at[1]) > SHAKE) return;
      onPick(found.row, found.place, groupAt(groups(), found.row.id, found.place));
    },
    interrupt() { pressed = null; },
    cancel() { return false; },
    paint,
  };
}
