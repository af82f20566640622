// The ruling as it is put together: it begins as the consensus, and each click takes somebody's version of one thing.

import { paintLayer } from "../canvas/paint-layers.js";
import { CONSENSUS, begun, follow, originOf, placesIn, sourceOf, wholly, withAnswer, withTaken, withoutGroup } from "../labels/rulings.js";
import { questionsOf } from "../labels/schemas.js";
import { RULED } from "./desk-layers.js";

export function createComposing({ editor, layers, things, onChange }) {
  let active = false;
  let base = null;

  function start() {
    if (active) return;
    const consensus = layers.row(CONSENSUS);
    base = begun(consensus?.annotation, things.groups, CONSENSUS);
    editor.setDocument(base);
    active = true;
  }

  const change = (next) => { editor.change(next); return true; };

  let last = [];
  editor.onChange(({ objects }, cause) => {
    if (active && cause === "change") follow(last, objects);
    last = objects;
    if (active) onChange();
  });
  return {
    get active() { return active; },
    get ruling() { return active ? editor.document : null; },
    get changes() {
      if (!active) return 0;
      const own = editor.document.objects.filter((object) => originOf(object)?.from !== CONSENSUS).length;
      const kept = editor.document.objects.length - own;
      return own + Math.max(0, (base.objects.length - kept) - own);
    },
    // What was put together before stands on the editor again.
    resume() {
      active = true;
      base = editor.document;
    },
    begin() {
      start();
      onChange();
    },
    // A whole layer, to be changed from there.
    from(row) {
      editor.setDocument(begun(row?.annotation, things.groups, row?.id ?? CONSENSUS));
      base = editor.document;
      active = true;
      onChange();
    },
    drop() {
      active = false;
      editor.setDocument(undefined);
      onChange();
    },
    // Somebody's version of a thing; taken once more it is left out.
    take(group, from, place = null) {
      const row = layers.row(from);
      const at = group < 0 ? `${from} ${place}` : group;
      const places = group < 0 ? [place] : placesIn(things.groups[group], from);
      if (!places.length) return false;
      start();
      if (sourceOf(editor.document, at) === from) return change(withoutGroup(editor.document, at));
      return change(withTaken(editor.document, { group: at, from, objects: places.map((each) => row.annotation.objects[each]) }));
    },
    leave(group) {
      start();
      change(withoutGroup(editor.document, group));
    },
    answer(address, row) {
      start();
      change(withAnswer(editor.document, questionsOf(editor.schema), address, row.annotation?.classifications ?? {}));
    },
    // The layer that says just the same; null where the ruling is the reviewer's own.
    get source() {
      return active ? wholly(editor.document, layers.rows.filter((row) => row.id !== "gold" && row.readable !== false)) : null;
    },
    paint(ctx, scale) {
      paintLayer(ctx, scale, editor.document.objects, (label) => ({ colour: RULED, selected: true, opacity: 0, skeleton: editor.classOf(label)?.skeleton }));
    },
  };
}
