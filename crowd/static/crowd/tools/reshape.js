// Moving an object and dragging its handles; used while selecting and, for the selected object's handles, while drawing.

import { distance } from "../geometry/numbers.js";
import { shapeOf } from "../geometry/outlines.js";
import { withObjectAt } from "../labels/documents.js";
import { toolFor } from "./registry.js";

const REACH = { mouse: 8, pen: 12, touch: 22 }; // screen pixels

export function reachOf(event, scale) {
  return (REACH[event.pointerType] ?? REACH.mouse) / scale;
}

export function createReshape(editor) {
  const { board } = editor;
  let grip = null; // {index, shape, handle, from, geometry, moved}
  let turn = 0;

  function begin(index, handle, point) {
    const object = editor.document.objects[index];
    const shape = shapeOf(object);
    if (editor.readOnly || !toolFor(shape)) return false;
    turn += 1;
    grip = { index, shape, handle, from: point, geometry: object[shape], key: `drag ${turn}` };
    return true;
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
      const reach = reachOf(event, board.view.scale);
      const near = Object.entries(tool.handles(object[shape]))
        .map(([handle, at]) => [handle, distance(at, point)])
        .filter(([, away]) => away <= reach)
        .sort((a, b) => a[1] - b[1]);
      return near.length > 0 && begin(editor.selected, near[0][0], point);
    },
    grabBody: (index, point) => begin(index, null, point),
    drag(point) {
      const { index, shape, handle, from, geometry, key } = grip;
      const tool = toolFor(shape);
      const delta = [point[0] - from[0], point[1] - from[1]];
      const next = handle
        ? tool.resized(geometry, handle, point, board.image)
        : tool.moved(geometry, delta, board.image);
      const object = { ...editor.document.objects[index], [shape]: next };
      editor.change(withObjectAt(editor.document, index, object), { merge: key });
    },
    drop() {
      grip = null;
      editor.settle();
    },
    cancel() {
      grip = null;
      editor.settle();
    },
  };
}
