// The eraser: a brush that takes away, from the selected mask or the one it is put down on.

import { createBrush } from "./brush.js";
import { registerWay } from "./registry.js";
import { gettext_noop } from "../words.js";

registerWay({ name: "eraser", title: gettext_noop("Eraser"), key: "Shift+e", shapes: ["mask"], draw: (editor) => createBrush(editor, { erases: true }) });
