// Smart: drag a rough box around the thing, or click on it; the server proposes its outline. More clicks refine it (on the
// thing, or with Alt beside it), Enter takes it, Escape drops it. Until it is taken nothing is changed.

import { paintObject } from "../canvas/paint.js";
import { fromCorners } from "../geometry/boxes.js";
import { clamp, distance } from "../geometry/numbers.js";
import { registerWay } from "./registry.js";
import { gettext, gettext_noop } from "../words.js";

const CLICK = 5; // screen pixels that a hand shakes while clicking
const ON = "#3ecf6e";
const BESIDE = "#ff5c5c";
const FIRST = gettext("Drag a rough box around it, or click on it");

function createSmart(editor) {
  const { board } = editor;
  let box = null;
  let points = [];
  let pending = null; // what the server proposes
  let start = null;
  let current = null;
  let beside = false; // what a tap means, where there is no Alt
  let turn = 0; // the last question asked: earlier answers come too late
  let waiting = false;

  const inside = ([x, y]) => [clamp(x, 0, board.image.width), clamp(y, 0, board.image.height)];
  const begun = () => box !== null || points.length > 0;

  function drop() {
    const busy = begun() || start !== null;
    turn += 1;
    [box, points, pending, start, waiting, beside] = [null, [], null, null, false, false];
    editor.render();
    return busy;
  }

  // `before`: the clicks that what is proposed now came from.
  async function ask(before) {
    turn += 1;
    const mine = turn;
    waiting = true;
    editor.render();
    try {
      const found = await editor.proposer({ label: editor.active, ...(box ? { box } : {}), points });
      if (mine !== turn) return;
      pending = found.object;
    } catch (error) {
      if (mine !== turn) return;
      if (!pending) [box, points] = [null, []];
      else points = before; // what was proposed stays
      editor.say(error.status === 0 ? gettext("The server cannot be reached, so nothing can be proposed. Draw by hand meanwhile; nothing is lost.") : error.message, "warn");
    }
    waiting = false;
    editor.render();
  }

  function click(point, away) {
    if (away && !begun()) return editor.say(gettext("Show the thing itself first: drag a box around it, or click on it."));
    const before = points;
    points = [...points, [...point, away ? 0 : 1]];
    return ask(before);
  }

  function finish() {
    if (!begun()) return false;
    if (!pending) return true; // still on its way
    const { label: _, ...geometry } = pending;
    drop();
    editor.add(geometry);
    return true;
  }

  return {
    cursor: "crosshair",
    busy: begun,
    down(point) {
      start = current = inside(point);
    },
    move(point) {
      if (!start) return;
      current = inside(point);
      board.redraw();
    },
    up(point, event) {
      if (!start) return undefined;
      const [from, to] = [start, inside(point)];
      start = null;
      if (distance(from, to) * board.view.scale <= CLICK) return click(to, event.altKey || beside);
      [box, points, pending] = [fromCorners(from, to), [], null];
      return ask([]);
    },
    finish,
    undoPoint() {
      if (!begun()) return false;
      if (points.length + (box ? 1 : 0) < 2) return drop();
      const before = points;
      points = points.slice(0, -1);
      ask(before);
      return true;
    },
    interrupt() {
      start = null;
      board.redraw();
    },
    cancel: drop,
    disable: drop,
    status() {
      if (!begun()) return { hint: FIRST };
      const hint = waiting ? gettext("Looking …") : gettext("Click on what is missing, Alt-click on what is too much");
      const switched = { name: "beside", label: gettext("Too much"), key: "Alt", pressed: beside, run: () => { beside = !beside; editor.render(); } };
      const drops = { name: "drop", label: gettext("Drop"), key: "Escape", run: drop };
      return { hint, more: pending ? [switched, drops] : [drops], undo: points.length ? gettext("Undo click") : null, finish: pending && !waiting ? gettext("Take it") : null };
    },
    paint(ctx, scale) {
      const colour = editor.activeColour;
      if (pending) paintObject(ctx, scale, pending, { colour, selected: true, dashed: true });
      const rough = start ? fromCorners(start, current) : box;
      if (rough) {
        ctx.setLineDash([3 / scale, 3 / scale]);
        ctx.lineWidth = 1.25 / scale;
        ctx.strokeStyle = "#fff";
        ctx.strokeRect(...rough);
        ctx.setLineDash([]);
      }
      for (const [x, y, on] of points) {
        ctx.beginPath();
        ctx.arc(x, y, 5 / scale, 0, 2 * Math.PI);
        ctx.fillStyle = on ? ON : BESIDE;
        ctx.fill();
        ctx.lineWidth = 1.5 / scale;
        ctx.strokeStyle = "#fff";
        ctx.stroke();
      }
    },
  };
}

registerWay({ name: "smart", title: gettext_noop("Smart"), key: "Shift+s", shapes: ["mask", "polygon", "box"], draw: createSmart, when: (editor) => Boolean(editor.proposer) });
