// Selecting: a click takes an object, a drag moves it, its handles reshape it, and the empty picture moves the view.

import { topmost } from "../geometry/outlines.js";
import { paintSnap } from "../canvas/paint.js";
import { createReshape, reachOf } from "./reshape.js";

export function createSelect(editor) {
  const { board } = editor;
  const reshape = createReshape(editor);
  const skeletonOf = (object) => editor.classOf(object.label)?.skeleton;

  return {
    cursor: "default",
    down(point, event) {
      if (reshape.grabHandle(point, event)) return undefined;
      const index = topmost(editor.document.objects, point, reachOf(event, board.view.scale), skeletonOf);
      editor.select(index);
      if (index < 0) return "pan";
      reshape.grabBody(index, point);
      return undefined;
    },
    move(point, event) {
      if (reshape.active) reshape.drag(point, event);
    },
    up() {
      if (reshape.active) reshape.drop();
    },
    interrupt() {
      reshape.cancel();
    },
    cancel() {
      const busy = reshape.active;
      reshape.cancel();
      return busy;
    },
    paint(ctx, scale) {
      if (editor.snapMark) paintSnap(ctx, scale, editor.snapMark);
    },
  };
}
