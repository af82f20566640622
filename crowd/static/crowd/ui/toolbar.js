// The row over the image: classes to draw, selecting, undo and redo, zoom.

import { colourOf } from "../canvas/paint.js";
import { toolFor } from "../tools/registry.js";
import { h, icon } from "./dom.js";
import { keycaps, keyText } from "./hotkeys.js";
import { mark } from "./swatches.js";
import { gettext } from "../words.js";

function tool(name, label, key, run, { pressed = null, disabled = false } = {}) {
  const text = keyText(key);
  return h("button", {
    type: "button", class: "button button--quiet button--icon", "aria-label": label, title: text ? `${label} (${text})` : label,
    "aria-pressed": pressed === null ? null : String(pressed), disabled, onclick: run, dataset: { focus: name },
  }, icon(name));
}

function classButton(editor, item) {
  const drawable = toolFor(item.shape) !== null;
  const key = editor.keyOfClass(item.name);
  return h(
    "button",
    {
      type: "button", class: "class-button", "aria-pressed": String(editor.active === item.name), "aria-disabled": drawable ? null : "true",
      title: drawable ? [item.shape.replace("_", " "), item.description].filter(Boolean).join(" – ") : gettext("This page cannot draw this shape yet: {shape}", { shape: item.shape.replace("_", " ") }),
      onclick: () => editor.draw(item.name), dataset: { focus: `class ${item.name}` },
    },
    mark(item, colourOf(item)), h("span", {}, item.name), key && drawable ? h("span", { class: "class-button__key", "aria-hidden": "true" }, keycaps(key)) : null,
  );
}

// Snapping and holes, where a class has points to snap.
function pointTools(editor) {
  const shapes = new Set(editor.classes.map((item) => item.shape));
  return [
    shapes.has("polygon") || shapes.has("polyline")
      ? tool("magnet", gettext("Snap points to other objects; Ctrl while drawing does the opposite"), "Shift+m", () => editor.toggleSnapping(), { pressed: editor.snapping })
      : null,
    shapes.has("polygon")
      ? tool("hole", gettext("Draw a hole or a further part of the selected polygon"), "Shift+h", () => editor.hole(), { pressed: editor.mode === "hole", disabled: !editor.canHole })
      : null,
  ];
}

export function renderToolbar(bar, editor) {
  const { board, history } = editor;
  const focused = bar.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  const objects = editor.classes.length > 0;
  const drawn = [
    h("div", { class: "toolbar__group toolbar__group--grow" },
      editor.readOnly ? (editor.lookBar ?? null) : null,
      objects && !editor.readOnly ? tool("select", gettext("Select and move"), "v", () => editor.pick(), { pressed: editor.active === null }) : null,
      editor.readOnly ? null : pointTools(editor),
      editor.readOnly ? null : editor.classes.map((item) => classButton(editor, item))),
    h("div", { class: "toolbar__group" },
      editor.readOnly ? null : tool("undo", gettext("Undo"), "Mod+z", () => editor.undo(), { disabled: !history.canUndo && !editor.board.tool?.busy?.() }),
      editor.readOnly ? null : tool("redo", gettext("Redo"), "Mod+Shift+z", () => history.redo(), { disabled: !history.canRedo }),
      tool("minus", gettext("Zoom out"), "-", () => board.zoom(1 / 1.5)),
      tool("plus", gettext("Zoom in"), "+", () => board.zoom(1.5)),
      tool("fit", gettext("Whole image"), "f", () => board.fit()),
      tool("view", gettext("Brightness, contrast, crosshair, loupe"), "Shift+v", () => editor.view.toggle(), { pressed: editor.view.open }),
      tool("help", gettext("Keyboard shortcuts"), "?", () => editor.showKeys())),
  ];
  bar.replaceChildren(...drawn);
  if (focused) bar.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}
