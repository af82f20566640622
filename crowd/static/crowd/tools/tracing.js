// Lines and outlines: a click for each point, or drawn in one stroke with the button held. A double click, Enter or a click on
// the first point ends them.

import { paintSnap, paintTrace } from "../canvas/paint.js";
import { distance } from "../geometry/numbers.js";
import { insideImage } from "../geometry/paths.js";
import { simplified } from "../geometry/rings.js";
import { isClick } from "./dragging.js";
import { reachOf, reshaping } from "./reshape.js";
import { gettext, ngettext } from "../words.js";

const TWICE = 400; // milliseconds between the clicks of a double click
const FINE = 1; // screen pixels that a stroke may be simplified by
const STRIDE = 2; // screen pixels between two points of a stroke

// `done(points)` is given what was traced and says whether it was taken.
export function createTracing(editor, { closed, least, done, noun }) {
  const { board } = editor;
  let points = [];
  let marks = []; // how many points there were before each click or stroke: what Backspace goes back to
  let pressed = null;
  let stroke = null;
  let hover = null; // where the next point would be
  let last = null; // {at, time} of the click before

  const place = (point, event) => insideImage(editor.snap(point, event).point, board.image);
  const stop = () => {
    points = [];
    marks = [];
    pressed = stroke = last = hover = null;
    editor.snapMark = null;
    board.redraw();
  };
  const append = (added) => {
    marks.push(points.length);
    points = [...points, ...added.filter((point, i) => distance(point, added[i - 1] ?? points.at(-1) ?? [-1, -1]) > 0)];
    editor.render();
  };
  function finish() {
    if (!points.length) return false;
    if (points.length < least) editor.say(gettext("{what} needs at least {least} points.", { what: noun, least }));
    else if (done(points)) stop();
    editor.render();
    return true;
  }
  const closes = (point, event) => closed && points.length >= least && distance(point, points[0]) <= reachOf(event, board.view.scale);

  function click(point, event) {
    const twice = last && event.timeStamp - last.time < TWICE && isClick(last.at, point, { pointerType: "touch" }, board.view.scale);
    last = { at: point, time: event.timeStamp };
    if (closes(point, event) || (twice && points.length >= least)) finish();
    else if (!twice) append([place(point, event)]);
  }

  return reshaping(editor, {
    busy: () => points.length > 0 || pressed !== null,
    down(point) {
      pressed = point;
    },
    move(point, event) {
      hover = place(point, event);
      if (!pressed || (!stroke && isClick(pressed, point, event, board.view.scale))) return;
      stroke ??= [insideImage(pressed, board.image)];
      const at = insideImage(point, board.image);
      if (distance(at, stroke.at(-1)) * board.view.scale >= STRIDE) stroke.push(at);
    },
    up(point, event) {
      if (!pressed) return;
      const drawn = stroke;
      pressed = stroke = null;
      if (!drawn) return click(point, event);
      append(simplified([...drawn, insideImage(point, board.image)], FINE / board.view.scale));
      if (closes(point, event)) finish();
    },
    leave() {
      hover = editor.snapMark = null;
      board.redraw();
    },
    interrupt() {
      pressed = stroke = null;
    },
    disable: stop,
    finish,
    undoPoint() {
      if (!points.length) return false;
      points = points.slice(0, marks.pop());
      if (!points.length) stop();
      editor.render();
      return true;
    },
    status() {
      if (!points.length) return null;
      const enough = points.length >= least;
      return { hint: ngettext("{n} point", "{n} points", points.length), undo: gettext("Undo point"), finish: enough ? gettext("Done") : null };
    },
    paint(ctx, scale) {
      const ahead = stroke ?? (hover && points.length ? [hover] : []);
      if (points.length || stroke) {
        paintTrace(ctx, scale, points, ahead, { colour: editor.activeColour, closed: closed && points.length >= least });
      }
      if (editor.snapMark) paintSnap(ctx, scale, editor.snapMark);
    },
  });
}
