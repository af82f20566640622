// Brush and eraser: round, as large as they are set, one stroke from pressing to letting go. Alt turns the one into the other.

import { disc, moved } from "../geometry/masks.js";
import { stroke } from "../geometry/rasters.js";
import { register, registerWay } from "./registry.js";
import { createStrokes } from "./strokes.js";
import { gettext, gettext_noop } from "../words.js";

export const SIZES = { least: 1, most: 1000, first: 24 };
const STEP = 1.25;
let size = SIZES.first; // image pixels across; kept from one tool and image to the next

export const brushSize = () => size;

export function setBrushSize(next) {
  size = Math.min(SIZES.most, Math.max(SIZES.least, Math.round(next)));
}

export function stepBrushSize(by) {
  setBrushSize(by > 0 ? Math.max(size + 1, size * STEP) : Math.min(size - 1, size / STEP));
}

function circle(ctx, scale, [x, y], colour) {
  for (const [style, width] of [["rgb(0 0 0 / 60%)", 3], [colour, 1.25]]) {
    ctx.beginPath();
    ctx.arc(x, y, Math.max(size / 2, 1.5 / scale), 0, 2 * Math.PI);
    ctx.lineWidth = width / scale;
    ctx.strokeStyle = style;
    ctx.stroke();
  }
}

export function createBrush(editor, { erases }) {
  const { board } = editor;
  const strokes = createStrokes(editor);
  let value = 1;
  let last = null;
  let hover = null;

  function to(point) {
    const from = last ?? point;
    last = point;
    strokes.paint((raster) => stroke(raster, from, point, size, value));
  }

  return {
    cursor: "none",
    sized: true,
    down(point, event) {
      value = erases !== event.altKey ? 0 : 1;
      hover = point;
      if (!strokes.begin(point, { existing: value === 0 })) return editor.say(gettext("There is no mask here to erase. Select one first."));
      to(point);
      return undefined;
    },
    move(point, event) {
      hover = event.pointerType === "touch" && !strokes.active ? null : point;
      // every place the pen was at since the last frame, so that a fast stroke stays round
      if (strokes.active) (event.getCoalescedEvents?.() ?? []).concat(event).forEach((each) => to(board.pointOf(each)));
      board.redraw();
    },
    up() {
      last = null;
      if (strokes.active) strokes.end();
    },
    leave() {
      hover = null;
      board.redraw();
    },
    cancel() {
      last = null;
      return strokes.drop();
    },
    disable: () => strokes.free(),
    paint(ctx, scale) {
      strokes.sketch(ctx);
      if (hover) circle(ctx, scale, hover, erases ? "#fff" : editor.activeColour);
    },
  };
}

register({
  shape: "mask",
  draw: (editor) => createBrush(editor, { erases: false }),
  starter: disc,
  handles: () => ({}),
  moved,
  resized: (mask) => mask,
});
registerWay({ name: "brush", title: gettext_noop("Brush"), key: "Shift+b", shapes: ["mask"], draw: (editor) => createBrush(editor, { erases: false }) });
