// The schema as a tree to edit, kept in step with its JSON: whichever is changed, the other follows.

import { h, icon } from "../dom.js";
import { faultList, placeFaults } from "./fields.js";
import { nodes } from "./nodes.js";
import { above, cleaned, freshClass, freshQuestion, isTree, list, moved, pretty } from "./trees.js";

const KEPT = 50;

// {show(text), showFaults(faults, {open})}; `onChange(text, schema)` is told each change made here.
export function createSchemaEditor(root, { project, picture, onChange, say }) {
  const keys = new WeakMap();
  const opened = new WeakSet();
  const past = [];
  let schema = { classifications: [], objects: [] };
  let faults = {};
  let serial = 0;

  const tree = {
    project,
    picture,
    keyOf(entry) {
      if (!keys.has(entry)) keys.set(entry, `n${serial += 1}`);
      return keys.get(entry);
    },
    isOpen: (entry) => opened.has(entry),
    open: (entry) => opened.add(entry),
    toggle: (entry) => (opened.has(entry) ? opened.delete(entry) : opened.add(entry)),
    before() {
      past.push(pretty(cleaned(schema)));
      if (past.length > KEPT) past.shift();
    },
    changed: () => onChange(pretty(cleaned(schema)), cleaned(schema)),
    draw(focus) {
      draw(focus);
      tree.changed();
    },
    add(entries, entry, place = entries.length) {
      tree.before();
      entries.splice(place, 0, entry);
      if (!("name" in entry) || entry.kind) opened.add(entry);
      tree.draw(tree.keyOf(entry));
      root.querySelector(`[data-focus="${tree.keyOf(entry)}"]`)?.select();
    },
    move(entries, from, to) {
      if (to < 0 || to >= entries.length || to === from) return;
      tree.before();
      const entry = entries[from];
      const place = moved(entries, from, to);
      tree.draw(`${tree.keyOf(entry)}-handle`);
      say(`${entry.name} is now ${place + 1} of ${entries.length}.`);
    },
    remove(entries, index) {
      tree.before();
      const [gone] = entries.splice(index, 1);
      const next = entries[Math.min(index, entries.length - 1)];
      tree.draw(next ? `${tree.keyOf(next)}-toggle` : null);
      say(`${gone.name} is removed. Undo brings it back.`);
    },
  };

  function undo() {
    const text = past.pop();
    if (text === undefined) return;
    schema = JSON.parse(text);
    tree.draw("undo");
    say("Undone.");
  }

  function part(title, help, key, what, fresh, word) {
    const entries = schema[key];
    return h("section", { class: "schema-part", "aria-label": title },
      h("div", { class: "schema-part__head" }, h("h3", {}, title), h("p", { class: "muted small" }, help)),
      faultList(key),
      entries.length ? nodes(entries, { what, path: key, tree }) : null,
      h("button", { type: "button", class: "button", dataset: { adds: key }, onclick: () => tree.add(entries, fresh(entries)) }, icon("plus"), word));
  }

  function draw(focus = document.activeElement?.closest("[data-focus]")?.dataset.focus) {
    schema.classifications = list(schema.classifications);
    schema.objects = list(schema.objects);
    root.replaceChildren(
      faultList("$"),
      part("Questions", "Asked once of each image.", "classifications", "question", freshQuestion, "Add a question"),
      part("Things to draw", "Each thing in the image gets one of these.", "objects", "class", freshClass, "Add a class"),
      h("button", { type: "button", class: "button button--quiet", disabled: !past.length, dataset: { focus: "undo" }, onclick: undo }, icon("undo"), "Undo"),
    );
    placeFaults(root, faults);
    if (focus) root.querySelector(`[data-focus="${focus}"]`)?.focus({ preventScroll: focus === "undo" });
  }

  // Entries on the way to a fault, so that they are opened.
  function openTo(path) {
    for (let at = path; at; at = above(at)) {
      const steps = at.match(/[^.[\]]+/g);
      const found = steps?.reduce((value, step) => value?.[step], schema);
      if (found && typeof found === "object" && !Array.isArray(found)) opened.add(found);
    }
  }

  return {
    // Returns whether the tree can show it.
    show(text) {
      let read;
      try {
        read = JSON.parse(text || "{}");
      } catch {
        return false;
      }
      if (!isTree(read)) return false;
      schema = read;
      draw();
      return true;
    },
    get schema() { return cleaned(schema); },
    showFaults(next, { open = false } = {}) {
      faults = next;
      if (open) {
        for (const path of Object.keys(faults)) openTo(path);
        draw();
      } else placeFaults(root, faults);
    },
  };
}
