// What can be drawn and reshaped here, by shape. One file per shape registers itself; a shape without one is shown, not drawn.
//
// {shape, draw(editor) → handler, starter(centre, size, image, item) → geometry, handles(geometry, scale) → {name: point},
//  moved(geometry, delta, image), resized(geometry, handle, point, image, {steady}), grown(geometry, delta, image)}
// and where the shape has points: snaps, removed(geometry, handle), added(geometry, handle) → {rings, name}, toggled(…);
// where it can be turned by keys: turned(geometry, degrees).
//
// A handler gets down, move, up, leave, interrupt (a pinch: take back the stroke), cancel (Escape), disable and paint; where it
// takes several points, also finish (Enter), undoPoint (Backspace) and status() → {hint, undo, finish, more} for the bar.

// A shape may have several ways of being drawn: {name, title, key, shapes, draw(editor) → handler, when(editor)}; of a mask, say,
// brush and eraser. `when` says whether it is there at all.

const tools = new Map();
const ways = [];

export function register(tool) {
  tools.set(tool.shape, tool);
}

export function toolFor(shape) {
  return tools.get(shape) ?? null;
}

export function registerWay(way) {
  ways.push(way);
}

export function waysFor(shape, editor) {
  return ways.filter((way) => way.shapes.includes(shape) && (way.when?.(editor) ?? true));
}
