// What the editor does to one object beside drawing it: offering, copying, its points, snapping. Made part of the editor.

import { shapeOf } from "../geometry/outlines.js";
import { snapTarget } from "../geometry/snapping.js";
import { geometryFaults, sizeFaults } from "../labels/geometries.js";
import { toolFor } from "../tools/registry.js";
import { gettext } from "../words.js";

const SNAP = { mouse: 10, pen: 12, touch: 20 }; // screen pixels
const SIZED = new Set(["box", "rotated_box", "ellipse"]);
const ASIDE = 12; // screen pixels between an object and its copy

function chosen(editor) {
  const object = editor.document.objects[editor.selected];
  const shape = object && shapeOf(object);
  return { object, shape, tool: shape ? toolFor(shape) : null };
}

function points(editor) {
  const put = (next, handle) => {
    const { object, shape } = chosen(editor);
    editor.changeObject(editor.selected, { ...object, [shape]: next });
    editor.takeHandle(handle);
  };
  return {
    // The point that keys move or remove; null for the whole object.
    takeHandle(handle) {
      editor.handle = handle;
      editor.render();
    },
    removePoint(handle) {
      const { object, shape, tool } = chosen(editor);
      if (!tool?.removed || editor.readOnly) return false;
      const next = tool.removed(object[shape], handle);
      if (next) put(next, null);
      else editor.say(gettext("Too few points would be left. Delete the whole object instead."));
      return true;
    },
    addPoint(handle) {
      const { object, shape, tool } = chosen(editor);
      const next = handle && tool?.added?.(object[shape], handle);
      if (!next || editor.readOnly) return false;
      put(next.rings, next.name);
      return true;
    },
    togglePoint(handle) {
      const { object, shape, tool } = chosen(editor);
      if (!tool?.toggled || editor.readOnly) return false;
      put(tool.toggled(object[shape], handle), handle);
      return true;
    },
    stepPoint(by) {
      const { object, shape, tool } = chosen(editor);
      if (!tool || editor.readOnly) return false;
      const names = Object.keys(tool.handles(object[shape])).filter((name) => !name.startsWith("m"));
      const at = names.indexOf(editor.handle);
      editor.takeHandle(names[(at < 0 && by < 0 ? names.length - 1 : at + by + names.length) % names.length]);
      return true;
    },
  };
}

function snapping(editor) {
  return {
    snaps: (event) => editor.snapping !== Boolean(event?.ctrlKey || event?.metaKey),
    snap(point, event, except = -1) {
      const reach = (SNAP[event?.pointerType] ?? SNAP.mouse) / editor.board.view.scale;
      editor.snapMark = editor.snaps(event) ? snapTarget(point, editor.document.objects, reach, except) : null;
      return editor.snapMark ?? { point, to: null };
    },
    toggleSnapping() {
      editor.snapping = !editor.snapping;
      editor.say(editor.snapping ? gettext("Points snap to other objects.") : gettext("Points no longer snap."));
      editor.render();
    },
  };
}

export function objectEdits(editor) {
  return {
    handle: null, snapping: false, snapMark: null,
    ...points(editor),
    ...snapping(editor),
    // Adds it, unless it is not sound; `crossed`: its outline crosses itself, which can be mended later.
    offer(geometry, { crossed = false } = {}) {
      const item = editor.activeClass;
      const { shape } = item;
      const asked = SIZED.has(shape) ? { ...item, min_side: Math.max(item.min_side ?? 0, 1) } : item;
      const object = { label: item.name, ...geometry };
      const [fault] = crossed ? sizeFaults(shape, object, item) : geometryFaults(shape, object, asked, editor.board.image);
      if (fault) editor.say(fault, "warn");
      else editor.add(geometry);
      return !fault;
    },
    duplicate(index) {
      const old = editor.document.objects[index];
      const shape = old && shapeOf(old);
      const tool = shape && toolFor(shape);
      if (!tool || editor.readOnly) return false;
      const aside = ASIDE / editor.board.view.scale;
      const moved = (by) => tool.moved(old[shape], [by, by], editor.board.image);
      const next = JSON.stringify(moved(aside)) === JSON.stringify(old[shape]) ? moved(-aside) : moved(aside);
      const { id, score, ...rest } = old; // the copy is another object, and nobody's guess
      editor.change({ ...editor.document, objects: [...editor.document.objects, { ...rest, [shape]: next }] });
      editor.select(editor.document.objects.length - 1);
      return true;
    },
    turn(by) {
      const { object, shape, tool } = chosen(editor);
      if (!tool?.turned || editor.readOnly) return false;
      editor.changeObject(editor.selected, { ...object, [shape]: tool.turned(object[shape], by) }, { merge: `turn ${editor.selected}` });
      return true;
    },
    get canHole() {
      return !editor.readOnly && Boolean(chosen(editor).tool?.drawRing);
    },
    hole() {
      const { tool } = chosen(editor);
      if (!tool?.drawRing || editor.readOnly) return editor.say(gettext("Choose a polygon first: a hole is drawn into it."));
      editor.active = null;
      editor.mode = "hole";
      editor.handle = null;
      editor.board.use(tool.drawRing(editor, editor.selected));
      return editor.render();
    },
  };
}
