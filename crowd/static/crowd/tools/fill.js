// A polygon filled with mask: click its corners; the first again, Enter or a double click closes it. Alt takes it away.

import { distance } from "../geometry/numbers.js";
import { fillPolygon } from "../geometry/rasters.js";
import { registerWay } from "./registry.js";
import { reachOf } from "./reshape.js";
import { createStrokes } from "./strokes.js";
import { gettext, gettext_noop, ngettext } from "../words.js";

function createFill(editor) {
  const { board } = editor;
  const strokes = createStrokes(editor);
  let corners = [];
  let hover = null;

  function stop() {
    const busy = corners.length > 0;
    corners = [];
    board.redraw();
    return busy;
  }

  function finish(takesAway = false) {
    if (!corners.length) return false;
    if (corners.length < 3) {
      editor.say(gettext("An outline needs at least 3 points."));
      return true;
    }
    const ring = corners;
    stop();
    if (!strokes.begin(ring[0], { existing: takesAway })) return editor.say(gettext("There is no mask here to take away from."));
    strokes.paint((raster) => fillPolygon(raster, [ring], takesAway ? 0 : 1));
    strokes.end();
    return true;
  }

  function undoPoint() {
    if (!corners.length) return false;
    corners.pop();
    editor.render();
    return true;
  }

  return {
    cursor: "crosshair",
    down(point, event) {
      const near = (corner) => corner && distance(corner, point) <= reachOf(event, board.view.scale);
      if (corners.length > 2 && (near(corners[0]) || near(corners.at(-1)))) return finish(event.altKey);
      if (!near(corners.at(-1))) corners.push(point);
      editor.render();
      return undefined;
    },
    move(point) {
      hover = point;
      if (corners.length) board.redraw();
    },
    finish: () => finish(),
    undoPoint,
    interrupt: undoPoint, // the finger that turned out to be half of a pinch
    status: () => (corners.length ? { hint: ngettext("{n} point", "{n} points", corners.length), undo: gettext("Undo point"), finish: corners.length > 2 ? gettext("Fill") : null } : null),
    cancel: stop,
    disable() {
      stop();
      strokes.free();
    },
    paint(ctx, scale) {
      if (!corners.length) return;
      const colour = editor.activeColour;
      ctx.beginPath();
      [...corners, hover ?? corners.at(-1)].forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
      ctx.globalAlpha = 0.25;
      ctx.fillStyle = colour;
      ctx.fill("evenodd");
      ctx.globalAlpha = 1;
      ctx.lineWidth = 2 / scale;
      ctx.strokeStyle = colour;
      ctx.stroke();
      for (const [x, y] of corners) ctx.fillRect(x - 3 / scale, y - 3 / scale, 6 / scale, 6 / scale);
    },
  };
}

registerWay({ name: "fill", title: gettext_noop("Polygon fill"), key: "Shift+p", shapes: ["mask"], draw: createFill });
