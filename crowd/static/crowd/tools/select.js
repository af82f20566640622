// Selecting: a click takes an object, a drag moves it, its handles reshape it, and the empty picture moves the view.

import { topmost } from "../geometry/outlines.js";
import { createReshape, reachOf } from "./reshape.js";

export function createSelect(editor) {
  const { board } = editor;
  const reshape = createReshape(editor);

  return {
    cursor: "default",
    down(point, event) {
      if (reshape.grabHandle(point, event)) return undefined;
      const index = topmost(editor.document.objects, point, reachOf(event, board.view.scale));
      editor.select(index);
      if (index < 0) return "pan";
      reshape.grabBody(index, point);
      return undefined;
    },
    move(point) {
      if (reshape.active) reshape.drag(point);
    },
    up() {
      if (reshape.active) reshape.drop();
    },
    cancel() {
      const busy = reshape.active;
      reshape.cancel();
      return busy;
    },
  };
}
