// The editor by keyboard: every choice, every tool, and drawing itself.

import { shapeOf } from "../geometry/outlines.js";
import { toImage } from "../geometry/views.js";
import { toolFor } from "../tools/registry.js";
import { actionsOf } from "./actions.js";
import { showSheet } from "./hotkeys.js";
import { gettext, gettext_noop } from "../words.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const BINDINGS = [gettext_noop("Labels"), gettext_noop("Objects"), gettext_noop("Points"), gettext_noop("Image")];

// A shape in the middle of what is seen, to be moved and sized by the arrow keys.
function place(editor) {
  const { board } = editor;
  const item = editor.activeClass;
  if (!item) return editor.say(gettext("Choose a class first."));
  const { width, height } = board.viewport;
  const centre = toImage(board.view, [width / 2, height / 2]);
  const size = [width / board.view.scale / 4, height / board.view.scale / 4].map((side) => Math.max(side, item.min_side ?? 1));
  const shape = toolFor(item.shape);
  return editor.add({ [item.shape]: shape.starter(centre, size, board.image, item) });
}

function nudge(editor, delta, { grow, far }) {
  const object = editor.document.objects[editor.selected];
  const shape = object && shapeOf(object);
  const tool = shape && toolFor(shape);
  const [dx, dy] = delta.map((step) => step * (far ? 10 : 1));
  if (!tool || editor.readOnly) return editor.board.pan([-dx * 40, -dy * 40]);
  const geometry = object[shape];
  const at = editor.handle && tool.handles(geometry)[editor.handle];
  const next = grow ? tool.grown(geometry, [dx, dy], editor.board.image)
    : at ? tool.resized(geometry, editor.handle, [at[0] + dx, at[1] + dy], editor.board.image)
      : tool.moved(geometry, [dx, dy], editor.board.image);
  return editor.changeObject(editor.selected, { ...object, [shape]: next }, { merge: `nudge ${editor.selected} ${editor.handle}` });
}

// What the bar over the picture offers under this key.
function act(editor, key) {
  const action = actionsOf(editor)?.actions.find((each) => each.key === key);
  action?.run();
  return Boolean(action);
}

function finish(editor) {
  return act(editor, "Enter") || (editor.board.tool?.finish?.() ?? false) || editor.acceptSelected();
}

function erase(editor) {
  if (editor.board.tool?.undoPoint?.()) return;
  if (!editor.handle || !editor.removePoint(editor.handle)) editor.remove(editor.selected);
}

// One thing at a time: what is being drawn, the point taken, the hole's mode, the selection.
function escape(editor) {
  if (editor.board.tool?.cancel?.()) return;
  if (editor.handle) editor.takeHandle(null);
  else if (editor.mode) {
    const index = editor.selected;
    editor.pick();
    editor.select(index);
  } else editor.select(-1);
}

function step(editor, by) {
  const count = editor.document.objects.length;
  if (count) editor.select((editor.selected + by + count + (editor.selected < 0 && by < 0 ? 1 : 0)) % count);
}

function bindLabels(editor) {
  for (const [key, choice] of editor.keys) {
    if (choice.class) editor.hotkeys.bind(key, gettext("Draw {name}", { name: choice.class }), () => editor.draw(choice.class), { group: gettext_noop("Labels") });
    else {
      const title = choice.path ? `${choice.question}: ${choice.path}` : choice.question;
      editor.hotkeys.bind(key, title, () => editor.answer(choice.question, choice.path), { group: gettext_noop("Labels") });
    }
  }
}

function bindObjects(editor) {
  const { hotkeys } = editor;
  const group = gettext_noop("Objects");
  const onBoard = (event) => event.target === editor.board.container || event.target === document.body;
  hotkeys.bind("v", gettext_noop("Select and move"), () => editor.pick(), { group });
  hotkeys.bind("n", gettext_noop("Place one in the middle"), () => place(editor), { group });
  hotkeys.bind("]", gettext_noop("Next object"), () => step(editor, 1), { group });
  hotkeys.bind("[", gettext_noop("Previous object"), () => step(editor, -1), { group });
  hotkeys.bind(["Delete", "Backspace"], gettext_noop("Delete the object"), () => erase(editor), { group });
  hotkeys.bind("Mod+d", gettext_noop("Duplicate it"), () => editor.duplicate(editor.selected), { group });
  hotkeys.bind("h", gettext_noop("Hide or show all"), () => { editor.hidden = !editor.hidden; editor.render(); }, { group });
  const arrows = (prefix) => Object.keys(ARROWS).map((arrow) => prefix + arrow);
  const bind = (prefix, title, how) =>
    hotkeys.bind(arrows(prefix), title, (event) => nudge(editor, ARROWS[event.key], how), { group, where: onBoard });
  bind("", gettext_noop("Move it by a pixel, or the view"), {});
  bind("Shift+", gettext_noop("Move it by ten"), { far: true });
  bind("Alt+", gettext_noop("Make it larger or smaller"), { grow: true });
  bind("Alt+Shift+", gettext_noop("The same by ten"), { grow: true, far: true });
}

function bindDrawing(editor) {
  const { hotkeys } = editor;
  const group = gettext_noop("Points");
  const has = (...shapes) => editor.classes.some((item) => shapes.includes(item.shape));
  const onBoard = (event) => event.target === editor.board.container || event.target === document.body;
  hotkeys.bind("Enter", gettext_noop("Finish the shape, or accept the proposal"), () => finish(editor), { group, where: onBoard });
  if (editor.classes.some((item) => item.shape !== "mask")) {
    hotkeys.bind(["."], gettext_noop("Take the next point: arrows move it, Del removes it"), () => editor.stepPoint(1), { group });
    hotkeys.bind([","], gettext_noop("Take the point before"), () => editor.stepPoint(-1), { group });
  }
  if (has("polygon", "polyline")) {
    hotkeys.bind("Insert", gettext_noop("Add a point after it"), () => editor.addPoint(editor.handle), { group });
    hotkeys.bind("Shift+m", gettext_noop("Snap to other objects (Ctrl: the opposite)"), () => editor.toggleSnapping(), { group });
  }
  if (has("polygon")) hotkeys.bind("Shift+h", gettext_noop("Draw a hole or a further part"), () => editor.hole(), { group });
  if (has("keypoints")) {
    hotkeys.bind("Shift+x", gettext_noop("Skip this keypoint"), () => act(editor, "Shift+x"), { group });
    hotkeys.bind("Shift+o", gettext_noop("Keypoint occluded or visible"), () => act(editor, "Shift+o"), { group });
  }
  if (has("rotated_box", "ellipse")) {
    hotkeys.bind(["Shift+r"], gettext_noop("Turn by a degree"), () => editor.turn(1), { group });
    hotkeys.bind(["Alt+Shift+r"], gettext_noop("Turn back by a degree"), () => editor.turn(-1), { group });
  }
}

function bindImage(editor) {
  const { hotkeys, history, board } = editor;
  if (!editor.readOnly) {
    hotkeys.bind("Mod+z", gettext_noop("Undo"), () => { editor.undo(); });
    hotkeys.bind(["Mod+Shift+z", "Mod+y"], gettext_noop("Redo"), () => { history.redo(); });
  }
  hotkeys.bind(["+", "="], gettext_noop("Zoom in"), () => board.zoom(1.5));
  hotkeys.bind("-", gettext_noop("Zoom out"), () => board.zoom(1 / 1.5));
  hotkeys.bind("f", gettext_noop("Whole image"), () => board.fit());
  hotkeys.bind("Escape", gettext_noop("Stop drawing, let go"), () => escape(editor));
  editor.view.bind();
  editor.showKeys = () => showSheet(hotkeys);
  hotkeys.bind("?", gettext_noop("This sheet"), editor.showKeys);
}

export function bindEditorKeys(editor) {
  BINDINGS.forEach((group) => editor.hotkeys.clear(group));
  if (!editor.readOnly) bindLabels(editor);
  if (editor.classes.length && !editor.readOnly) bindObjects(editor);
  if (editor.classes.length && !editor.readOnly) bindDrawing(editor);
  bindImage(editor);
}
