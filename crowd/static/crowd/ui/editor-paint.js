// The document on the canvas: every object, and of the selected one its name and handles.

import { colourOf, paintHandles, paintObject, paintTag } from "../canvas/paint.js";
import { boundsOf, shapeOf } from "../geometry/outlines.js";
import { toolFor } from "../tools/registry.js";

export function paintEditor(ctx, scale, editor) {
  if (editor.hidden) return;
  const colours = new Map(editor.classes.map((item) => [item.name, colourOf(item)])); // asked once, not for each object
  const colourFor = (object) => colours.get(object.label) ?? colourOf(null);
  editor.document.objects.forEach((object, index) => {
    paintObject(ctx, scale, object, { colour: colourFor(object), selected: index === editor.selected });
  });
  const chosen = editor.document.objects[editor.selected];
  if (chosen) paintChosen(ctx, scale, chosen, { colour: colourFor(chosen), readOnly: editor.readOnly });
}

function paintChosen(ctx, scale, object, { colour, readOnly }) {
  const bounds = boundsOf(object);
  if (bounds) paintTag(ctx, scale, bounds, object.label, colour);
  const shape = shapeOf(object);
  const tool = toolFor(shape);
  if (tool && !readOnly) paintHandles(ctx, scale, Object.values(tool.handles(object[shape])), colour);
}
