// What can be drawn and reshaped here, by shape. One file per shape registers itself; a shape without one is shown, not drawn.
//
// {shape, draw(editor) → handler, starter(view) → geometry, handles(geometry), moved(…), resized(…)}

const tools = new Map();

export function register(tool) {
  tools.set(tool.shape, tool);
}

export function toolFor(shape) {
  return tools.get(shape) ?? null;
}
