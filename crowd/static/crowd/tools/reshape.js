// Moving an object and dragging its handles; used while selecting and, for the selected object's handles, while drawing.
// A click on a handle takes it, to be moved or removed by keys; Alt removes a point at once, Shift tells a keypoint hidden.

import { distance } from "../geometry/numbers.js";
import { shapeOf } from "../geometry/outlines.js";
import { withObjectAt } from "../labels/documents.js";
import { toolFor } from "./registry.js";

const REACH = { mouse: 8, pen: 12, touch: 22 }; // screen pixels
const SHAKE = { mouse: 2, pen: 4, touch: 8 }; // screen pixels that a hand moves while it only clicks
const LESS_NEAR = 1.4; // a handle that adds a point gives way to a point beside it

export function reachOf(event, scale) {
  return (REACH[event.pointerType] ?? REACH.mouse) / scale;
}

function nearest(handles, point, reach) {
  const near = Object.entries(handles)
    .map(([handle, at]) => [handle, distance(at, point), distance(at, point) * (handle.startsWith("m") ? LESS_NEAR : 1)])
    .filter(([, away]) => away <= reach)
    .sort((a, b) => a[2] - b[2]);
  return near[0]?.[0] ?? null;
}

export function createReshape(editor) {
  const { board } = editor;
  let grip = null; // {index, shape, handle, from, geometry, key, dragged}
  let turn = 0;

  function begin(index, handle, point) {
    const object = editor.document.objects[index];
    const shape = shapeOf(object);
    if (editor.readOnly || !toolFor(shape)) return false;
    turn += 1;
    grip = { index, shape, handle, from: point, geometry: object[shape], key: `drag ${turn}`, dragged: false };
    return true;
  }

  function next(tool, point, event) {
    const { index, handle, from, geometry } = grip;
    if (!handle) return tool.moved(geometry, [point[0] - from[0], point[1] - from[1]], board.image);
    const at = tool.snaps ? editor.snap(point, event, index).point : point;
    return tool.resized(geometry, handle, at, board.image, { steady: event.shiftKey });
  }

  return {
    get active() {
      return grip !== null;
    },
    grabHandle(point, event) {
      const object = editor.document.objects[editor.selected];
      const shape = object && shapeOf(object);
      const tool = shape && toolFor(shape);
      if (!tool || editor.readOnly) return false;
      const handle = nearest(tool.handles(object[shape], board.view.scale), point, reachOf(event, board.view.scale));
      if (!handle) return false;
      if (event.altKey && tool.removed && !handle.startsWith("m")) return editor.removePoint(handle) !== false;
      if (event.shiftKey && tool.toggled) return editor.togglePoint(handle) !== false;
      return begin(editor.selected, handle, point);
    },
    grabBody: (index, point) => begin(index, null, point),
    drag(point, event) {
      const shake = (SHAKE[event.pointerType] ?? SHAKE.mouse) / board.view.scale;
      if (!grip.dragged && distance(grip.from, point) <= shake) return;
      grip.dragged = true;
      const { index, shape, key } = grip;
      const object = { ...editor.document.objects[index], [shape]: next(toolFor(shape), point, event) };
      editor.change(withObjectAt(editor.document, index, object), { merge: key });
    },
    drop() {
      const { handle, dragged } = grip;
      grip = null;
      editor.snapMark = null;
      editor.settle();
      if (dragged || !handle?.startsWith("m")) editor.takeHandle(dragged ? null : handle);
    },
    // What this drag changed is taken back.
    cancel() {
      if (grip?.dragged) editor.history.undo();
      grip = null;
      editor.snapMark = null;
      editor.settle();
    },
  };
}

// A drawing tool that also reshapes the selected object, as long as nothing is begun and points do not snap: then a press
// beside its corner begins a neighbour.
export function reshaping(editor, tool) {
  const reshape = createReshape(editor);
  return {
    cursor: "crosshair",
    ...tool,
    down(point, event) {
      if (!tool.busy() && !editor.snaps(event) && reshape.grabHandle(point, event)) return;
      tool.down(point, event);
    },
    move(point, event) {
      if (reshape.active) reshape.drag(point, event);
      else tool.move(point, event);
      editor.board.redraw();
    },
    up(point, event) {
      if (reshape.active) reshape.drop();
      else tool.up(point, event);
    },
    interrupt() {
      reshape.cancel();
      tool.interrupt();
      editor.board.redraw();
    },
    cancel() {
      const busy = reshape.active || tool.busy();
      reshape.cancel();
      tool.disable();
      editor.render();
      return busy;
    },
  };
}
