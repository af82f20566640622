// The bar over the picture's foot or head: what is asked for next while something is drawn, and what can be done with the point taken.
// It stands in for Enter, Backspace and modifier keys where there is no keyboard.

import { shapeOf } from "../geometry/outlines.js";
import { indexOf } from "../geometry/keypoints.js";
import { toolFor } from "../tools/registry.js";
import { h } from "./dom.js";
import { keycaps } from "./hotkeys.js";
import { gettext } from "../words.js";

function whileDrawing(editor, { hint, undo, finish, more = [] }) {
  const { tool } = editor.board;
  return {
    hint,
    actions: [
      ...more,
      undo ? { name: "undo-point", label: undo, key: "Backspace", run: () => tool.undoPoint() } : null,
      finish ? { name: "finish", label: finish, key: "Enter", primary: true, run: () => tool.finish() } : null,
    ].filter(Boolean),
  };
}

function ofPoint(editor, object, shape) {
  const { handle } = editor;
  const tool = toolFor(shape);
  const names = editor.classOf(object.label)?.keypoints;
  const place = shape === "keypoints" ? indexOf(handle) : null;
  return {
    hint: place === null ? gettext("Point taken") : (names?.[place] ?? gettext("Point {n}", { n: place + 1 })),
    actions: [
      tool.toggled ? { name: "occluded", label: gettext("Occluded"), key: "Shift+o", pressed: object.keypoints[place][2] === 1, run: () => editor.togglePoint(handle) } : null,
      tool.added ? { name: "add-point", label: gettext("Add point"), key: "Insert", run: () => editor.addPoint(handle) } : null,
      tool.removed ? { name: "remove-point", label: gettext("Remove point"), key: "Delete", run: () => editor.removePoint(handle) } : null,
    ].filter(Boolean),
  };
}

// {hint, actions: [{name, label, key, run, pressed, primary}]}; null where there is nothing to say.
export function actionsOf(editor) {
  const status = editor.board.tool?.status?.();
  const object = editor.document.objects[editor.selected];
  const shape = object && shapeOf(object);
  const busy = editor.board.tool?.busy?.() ?? false;
  if (!busy && !editor.readOnly && editor.handle && toolFor(shape)?.removed) return ofPoint(editor, object, shape);
  if (editor.mode === "hole" && !status) return { hint: gettext("Draw the hole within the polygon, or a further part beside it"), actions: [] };
  return status ? whileDrawing(editor, status) : null;
}

function button({ name, label, key, run, pressed = null, primary = false }) {
  return h("button", {
    type: "button", class: `button${primary ? " button--primary" : ""}`, onclick: run, dataset: { focus: name },
    "aria-pressed": pressed === null ? null : String(pressed),
  }, label, h("span", { class: "actions__key", "aria-hidden": "true" }, keycaps(key === "Backspace" ? "⌫" : key)));
}

export function createActions(stage) {
  const hint = h("span", { class: "actions__hint", role: "status" });
  const buttons = h("span", { class: "actions__buttons" });
  const bar = h("div", { class: "actions", role: "group", "aria-label": gettext("While drawing"), hidden: true }, hint, buttons);
  stage.append(bar);
  let shown = "";

  // Out of the way of the hand: at the head while something is drawn near the foot.
  function makeWay(event) {
    if (bar.contains(event.target)) return;
    const { top, height } = stage.getBoundingClientRect();
    const place = (event.clientY - top) / (height || 1);
    if (place > 0.65) bar.classList.add("actions--head");
    if (place < 0.35) bar.classList.remove("actions--head");
  }
  stage.addEventListener("pointerdown", makeWay);
  stage.addEventListener("pointermove", makeWay);

  // Made anew only where it changed: a button must not vanish under a finger.
  return function render(editor) {
    const found = actionsOf(editor);
    bar.hidden = !found;
    const text = JSON.stringify(found?.actions.map(({ name, label, pressed }) => [name, label, pressed]) ?? null);
    if (hint.textContent !== (found?.hint ?? "")) hint.textContent = found?.hint ?? "";
    if (text === shown) return;
    shown = text;
    const at = (name) => () => actionsOf(editor)?.actions.find((action) => action.name === name)?.run();
    buttons.replaceChildren(...(found?.actions ?? []).map((action) => button({ ...action, run: at(action.name) })));
  };
}
