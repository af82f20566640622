// One entry of the schema's tree: a class, a question or an option, with what stands below it.

import { colourOf } from "../../canvas/paint.js";
import { h, icon, swatch } from "../dom.js";
import { area, check, colour, faultList, field, number, select, text } from "./fields.js";
import { movable } from "./moving.js";
import { createSkeleton } from "./skeleton.js";
import { KINDS, REGIONS, SHAPES, freshOption, freshQuestion, list, setKind, setShape } from "./trees.js";

const WORDS = { class: "class", question: "question", option: "option" };

function button(label, name, onclick, props = {}) {
  return h("button", { type: "button", class: "button button--quiet button--icon", "aria-label": label, title: label, onclick, ...props }, icon(name));
}

// `context`: {what, entries, index, path, tone, tree}; the tree knows what is open, what was changed, and draws anew.
function name(entry, { what, path, tree, entries }) {
  const control = text(entry.name, (value) => { entry.name = value; tree.changed(); }, {
    class: "input node__name", "aria-label": `Name of the ${WORDS[what]}`, maxlength: "200", dataset: { focus: tree.keyOf(entry) },
    onkeydown: (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (what === "option") tree.add(entries, freshOption(entries), entries.indexOf(entry) + 1);
    },
  });
  const faults = faultList(`${path}.name`);
  faults.id = `name-${tree.keyOf(entry)}`;
  control.setAttribute("aria-describedby", faults.id);
  return { control, faults };
}

function kindOf(entry, { what, path, tree }) {
  if (what === "option") return null;
  const isClass = what === "class";
  return field(isClass ? "Shape" : "Answer", select(isClass ? entry.shape : entry.kind, isClass ? SHAPES : KINDS, (value) => {
    tree.before();
    if (isClass) setShape(entry, value);
    else setKind(entry, value);
    tree.open(entry);
    tree.draw();
  }), { at: `${path}.${isClass ? "shape" : "kind"}` });
}

function styles(entry, { what, path, tree }) {
  const fields = [];
  if (what !== "question") {
    const { picker, automatic } = colour(entry.color, (value) => { entry.color = value; tree.changed(); });
    const box = field("Colour", picker, { at: `${path}.color` });
    picker.after(automatic);
    fields.push(box);
  }
  if (what !== "question" || entry.kind === "binary") {
    fields.push(field("Key", text(entry.hotkey, (value) => { entry.hotkey = value.trim(); tree.changed(); }, { maxlength: "1", class: "input input--key", placeholder: "auto" }), { at: `${path}.hotkey` }));
  }
  if (what === "class" && REGIONS.has(entry.shape)) {
    fields.push(field("Smallest side, px", number(entry.min_side, (value) => { entry.min_side = value; tree.changed(); }), { at: `${path}.min_side` }));
  }
  return fields;
}

function flags(entry, { what, path, tree }) {
  const set = (key) => (value) => { entry[key] = value; tree.changed(); };
  if (what === "question") return [check("An answer is required", entry.required, set("required"))];
  if (what === "class" && ["mask", "polygon"].includes(entry.shape)) {
    return [h("div", {}, check("No single things, as sky or road", entry.stuff, set("stuff")), faultList(`${path}.stuff`))];
  }
  return [];
}

function branch(title, entries, what, path, add, tree) {
  return h("section", { class: `branch branch--${what}` },
    title ? h("h4", {}, title) : null,
    faultList(path),
    entries.length ? nodes(entries, { what, path, tree }) : null,
    h("button", { type: "button", class: "button button--small", dataset: { adds: path }, onclick: () => tree.add(entries, add(entries)) }, icon("plus"), `Add ${what === "option" ? "an option" : "a question"}`));
}

function below(entry, { what, path, tree }) {
  const parts = [];
  const children = (key) => { if (!Array.isArray(entry[key])) entry[key] = []; return entry[key]; };
  if (what === "class" && entry.shape === "keypoints") {
    entry.keypoints = list(entry.keypoints);
    const key = `${tree.project}:${entry.name}`;
    parts.push(createSkeleton(entry, { at: path, key, picture: tree.picture, changed: tree.changed }).element);
  }
  if (what === "question" && entry.kind !== "binary") parts.push(branch("", children("options"), "option", `${path}.options`, freshOption, tree));
  if (what === "option") parts.push(branch("Finer options", children("options"), "option", `${path}.options`, freshOption, tree));
  if (what !== "question") {
    parts.push(branch(what === "class" ? "Asked of each one" : "Asked when it is chosen", children("attributes"), "question", `${path}.attributes`, freshQuestion, tree));
  }
  return parts;
}

function summary(entry, what) {
  if (what === "class") return SHAPES[entry.shape] ?? String(entry.shape ?? "");
  if (what === "question") {
    const options = list(entry.options).map((option) => option.name);
    const shown = options.slice(0, 3).join(", ") + (options.length > 3 ? ` and ${options.length - 3} more` : "");
    return [KINDS[entry.kind] ?? "", entry.kind === "binary" ? "" : shown].filter(Boolean).join(" ") + (entry.required ? ", required" : "");
  }
  const finer = list(entry.options).length;
  return finer ? `${finer} finer` : "";
}

function handleName(entry, what) {
  return `Move ${entry.name || WORDS[what]}: drag, or arrow keys up and down`;
}

function node(entry, context) {
  const { what, entries, index, path, tree } = context;
  const isOpen = tree.isOpen(entry);
  const { control, faults } = name(entry, context);
  const move = (to) => tree.move(entries, index, to);
  const handle = h("button", { type: "button", class: "node__handle", "aria-label": handleName(entry, what), dataset: { focus: `${tree.keyOf(entry)}-handle` } }, "⠿");
  const toggle = h("button", {
    type: "button", class: "node__toggle", "aria-expanded": String(isOpen), "aria-label": `${isOpen ? "Close" : "Open"} ${entry.name || WORDS[what]}`,
    dataset: { focus: `${tree.keyOf(entry)}-toggle` }, onclick: () => { tree.toggle(entry); tree.draw(); },
  }, icon("right"));
  const head = h("div", { class: "node__head" }, handle,
    what === "class" ? swatch(colourOf({ ...entry, tone: (index % 8) + 1 })) : null,
    control, isOpen ? null : h("span", { class: "node__summary muted small" }, summary(entry, what)), toggle);
  const body = isOpen ? h("div", { class: "node__body" },
    h("div", { class: "node__fields" }, kindOf(entry, context), ...styles(entry, context)),
    ...flags(entry, context),
    field("Explanation for workers", area(entry.description, (value) => { entry.description = value; tree.changed(); }), { at: `${path}.description`, wide: true }),
    ...below(entry, context),
    h("div", { class: "node__actions" },
      button("Move up", "up", () => move(index - 1), { disabled: index === 0 }),
      button("Move down", "down", () => move(index + 1), { disabled: index === entries.length - 1 }),
      h("button", { type: "button", class: "button button--quiet button--bad-text", onclick: () => tree.remove(entries, index) }, icon("trash"), `Remove this ${WORDS[what]}`))) : null;
  const nested = !isOpen && what === "option" && list(entry.options).length
    ? nodes(entry.options, { what: "option", path: `${path}.options`, tree }) : null;
  control.addEventListener("input", () => {
    handle.setAttribute("aria-label", handleName(entry, what));
    toggle.setAttribute("aria-label", `${isOpen ? "Close" : "Open"} ${entry.name || WORDS[what]}`);
  });
  const item = h("li", { class: `node node--${what}` }, head, faults, faultList(path), nested, body);
  movable(item, handle, { place: index, onMove: move });
  return item;
}

export function nodes(entries, { what, path, tree }) {
  return h("ul", { class: "nodes plain", role: "list" }, entries.map((entry, index) => node(entry, { what, entries, index, path: `${path}[${index}]`, tree })));
}
