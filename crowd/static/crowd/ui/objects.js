// The list of drawn objects: class, size, attributes, delete; the same selection as on the picture.

import { boundsOf, shapeOf } from "../geometry/outlines.js";
import { colourOf } from "../canvas/paint.js";
import { h, icon, swatch } from "./dom.js";
import { createQuestions } from "./questions.js";

function sizeOf(object) {
  const bounds = boundsOf(object);
  return bounds ? `${Math.round(bounds[2])} × ${Math.round(bounds[3])}` : (shapeOf(object) ?? "");
}

function classChooser(editor, object, index) {
  const same = editor.classes.filter((item) => item.shape === shapeOf(object));
  return h(
    "select",
    {
      class: "input", "aria-label": "Class", dataset: { focus: `class-${index}` },
      onchange: (event) => editor.changeObject(index, { ...object, label: event.target.value }),
    },
    same.map((item) => h("option", { value: item.name, selected: item.name === object.label }, item.name)),
  );
}

function details(editor, object, index, faults) {
  const questions = editor.classOf(object.label)?.attributes ?? [];
  const attributes = createQuestions(questions, {
    compact: true,
    readOnly: editor.readOnly,
    onAnswers: (answers) => editor.changeObject(index, { ...editor.document.objects[index], attributes: answers }),
  });
  attributes.show(object.attributes ?? {}, faults);
  const several = !editor.readOnly && editor.classes.filter((candidate) => candidate.shape === shapeOf(object)).length > 1;
  if (!several && !questions.length) return null;
  return h("div", { class: "object__details" }, several ? classChooser(editor, object, index) : null, attributes.element);
}

function entry(editor, object, index, sentences, below) {
  const selected = editor.selected === index;
  const colour = colourOf(editor.classOf(object.label));
  const take = h(
    "button",
    {
      type: "button", class: "object__take", "aria-pressed": String(selected), dataset: { focus: `take-${index}` },
      onclick: () => editor.select(selected ? -1 : index),
    },
    swatch(colour), h("span", { class: "object__name" }, object.label), h("span", { class: "object__size num" }, sizeOf(object)),
  );
  const remove = editor.readOnly
    ? null
    : h("button", {
        type: "button", class: "button button--quiet button--icon", "aria-label": `Delete ${object.label} ${index + 1}`,
        dataset: { focus: `delete-${index}` }, onclick: () => editor.remove(index),
      }, icon("trash"));
  return h(
    "li",
    { class: `object${selected ? " object--selected" : ""}${sentences.length || below ? " object--fault" : ""}` },
    h("div", { class: "object__row" }, take, remove),
    sentences.length ? h("ul", { class: "field__errors" }, sentences.map((text) => h("li", {}, text))) : null,
    selected ? details(editor, object, index, below) : null,
  );
}

// {render(faults)}: only the rows that changed are made anew, so that a drag among a thousand objects stays smooth.
export function createObjects(list, editor) {
  const none = h("li", { class: "objects__none" });
  let rows = [];

  function row(object, index, faults) {
    const theme = document.documentElement.dataset.theme;
    const facts = [object, editor.selected === index, editor.schema, theme, faults.objects[index], faults.attributes[index]];
    const old = rows[index];
    if (old && facts.every((fact, i) => fact === old.facts[i])) return old;
    return { facts, element: entry(editor, object, index, faults.objects[index] ?? [], faults.attributes[index]) };
  }

  function render(faults) {
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    const { objects } = editor.document;
    const next = objects.map((object, index) => row(object, index, faults));
    next.forEach(({ element }, index) => {
      const there = list.children[index];
      if (there === element) return;
      if (there) there.replaceWith(element);
      else list.append(element);
    });
    while (list.children.length > next.length) list.lastElementChild.remove();
    rows = next;
    none.textContent = editor.readOnly ? "None." : "None yet. Draw the first on the image.";
    if (!objects.length) list.append(none);
    if (focused) list.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  return { render };
}
