// The document on the canvas: every object, and of the selected one its name and handles.

import { colourOf, paintHandles, paintObject, paintTag } from "../canvas/paint.js";
import { indexOf } from "../geometry/keypoints.js";
import { boundsOf, shapeOf } from "../geometry/outlines.js";
import { toolFor } from "../tools/registry.js";

export function paintEditor(ctx, scale, editor) {
  if (editor.hidden) return;
  const items = new Map(editor.classes.map((item) => [item.name, { item, colour: colourOf(item) }])); // asked once, not for each object
  const known = (object) => items.get(object.label) ?? { item: null, colour: colourOf(null) };
  editor.document.objects.forEach((object, index) => {
    const { item, colour } = known(object);
    paintObject(ctx, scale, object, {
      colour, selected: index === editor.selected, pattern: item?.pattern, skeleton: item?.skeleton, proposed: editor.proposals.has(object),
    });
  });
  const chosen = editor.document.objects[editor.selected];
  if (chosen) paintChosen(ctx, scale, chosen, { ...known(chosen), editor });
}

function paintChosen(ctx, scale, object, { colour, item, editor }) {
  const bounds = boundsOf(object);
  const shape = shapeOf(object);
  const tool = toolFor(shape);
  const handles = tool && !editor.readOnly ? tool.handles(object[shape], scale) : {};
  const drawing = editor.board.tool?.busy?.() ?? false;
  if (bounds) paintTag(ctx, scale, bounds, object.label, colour);
  const shown = shape === "keypoints" ? (handles[editor.handle] ? { [editor.handle]: handles[editor.handle] } : {}) : handles; // a dot tells more than a handle
  if (!drawing) paintHandles(ctx, scale, shown, { colour, taken: editor.handle });
  const at = handles[editor.handle];
  if (at && shape === "keypoints") paintTag(ctx, scale, [at[0] + 10 / scale, at[1] + 22 / scale], item?.keypoints?.[indexOf(editor.handle)] ?? "", colour);
}
