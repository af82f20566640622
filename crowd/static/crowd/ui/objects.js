// The list of drawn objects: class, size, attributes, delete; the same selection as on the picture.

import { boundsOf, shapeOf } from "../geometry/outlines.js";
import { colourOf } from "../canvas/paint.js";
import { createPoints } from "./keypoint-list.js";
import { h, icon } from "./dom.js";
import { createQuestions } from "./questions.js";
import { mark } from "./swatches.js";
import { gettext, ngettext } from "../words.js";

const FIRST_ROWS = 50;
const MORE_ROWS = 200;

function sizeOf(object) {
  const bounds = boundsOf(object);
  if (object.point) return object.point.map(Math.round).join(", ");
  return bounds ? `${Math.round(bounds[2])} × ${Math.round(bounds[3])}` : (shapeOf(object) ?? "");
}

function classChooser(editor, object, index) {
  const same = editor.classes.filter((item) => item.shape === shapeOf(object));
  return h(
    "select",
    {
      class: "input", "aria-label": gettext("Class"), dataset: { focus: `class-${index}` },
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
  const points = object.keypoints ? createPoints(editor, object, index) : null;
  if (!several && !questions.length && !points) return null;
  return h("div", { class: "object__details" }, several ? classChooser(editor, object, index) : null, points, questions.length ? attributes.element : null);
}

function small(editor, name, label, run, focus) {
  return h("button", { type: "button", class: "button button--quiet button--icon", "aria-label": label, title: label, dataset: { focus }, onclick: run }, icon(name));
}

function buttons(editor, object, index, { selected, proposed }) {
  if (editor.readOnly) return null;
  const named = `${object.label} ${index + 1}`;
  const accept = () => editor.accept([object]);
  return [
    proposed ? small(editor, "check", gettext("Accept {name}", { name: named }), accept, `accept-${index}`) : null,
    selected ? small(editor, "copy", gettext("Duplicate {name}", { name: named }), () => editor.duplicate(index), `copy-${index}`) : null,
    small(editor, "trash", gettext("Delete {name}", { name: named }), () => editor.remove(index), `delete-${index}`),
  ];
}

function entry(editor, object, index, sentences, below) {
  const selected = editor.selected === index;
  const proposed = editor.proposals.has(object);
  const item = editor.classOf(object.label);
  const score = proposed && typeof object.score === "number" ? ` ${Math.round(object.score * 100)} %` : "";
  const take = h(
    "button",
    {
      type: "button", class: "object__take", "aria-pressed": String(selected), dataset: { focus: `take-${index}` },
      onclick: () => editor.select(selected ? -1 : index),
    },
    mark(item ?? { shape: shapeOf(object) }, colourOf(item), { proposed }), h("span", { class: "object__name" }, object.label),
    proposed ? h("span", { class: "object__proposed" }, `${gettext("proposed")}${score}`) : null,
    h("span", { class: "object__size num" }, sizeOf(object)),
  );
  return h(
    "li",
    { class: `object${selected ? " object--selected" : ""}${sentences.length || below ? " object--fault" : ""}` },
    h("div", { class: "object__row" }, take, buttons(editor, object, index, { selected, proposed })),
    sentences.length ? h("ul", { class: "field__errors" }, sentences.map((text) => h("li", {}, text))) : null,
    selected ? details(editor, object, index, below) : null,
  );
}

// Over the list, while there are proposals: all of them at once.
function createProposalsBar(list, editor) {
  const count = h("span", { class: "proposals__count" });
  const open = () => editor.proposals.among(editor.document.objects);
  const button = (text, run) => h("button", { type: "button", class: "button", onclick: run }, text);
  const bar = h("div", { class: "proposals", role: "group", "aria-label": gettext("Proposals"), hidden: true }, count,
    button(gettext("Accept all"), () => editor.accept(open())), button(gettext("Delete all proposals"), () => editor.removeProposals()));
  list.before(bar);
  return () => {
    const left = editor.readOnly ? 0 : open().length;
    bar.hidden = left === 0;
    count.textContent = ngettext("{n} proposal to check", "{n} proposals to check", left);
  };
}

// {begin(), render(faults)}: only the rows that changed are made anew, so that a drag among a thousand objects stays smooth. Of
// a new image's rows the first are there at once and the others follow, so that its picture waits for none of them.
export function createObjects(list, editor) {
  const none = h("li", { class: "objects__none" });
  const renderProposals = createProposalsBar(list, editor);
  let rows = [];
  let most = FIRST_ROWS;
  let following = 0;

  function row(object, index, faults) {
    const theme = document.documentElement.dataset.theme;
    const selected = editor.selected === index;
    const facts = [object, selected, selected && editor.handle, editor.proposals.has(object), editor.schema, theme, faults.objects[index], faults.attributes[index]];
    const old = rows[index];
    if (old && facts.every((fact, i) => fact === old.facts[i])) return old;
    return { facts, element: entry(editor, object, index, faults.objects[index] ?? [], faults.attributes[index]) };
  }

  function render(faults) {
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    const { objects } = editor.document;
    renderProposals();
    if (editor.selected >= most) most = objects.length;
    const next = objects.slice(0, most).map((object, index) => row(object, index, faults));
    clearTimeout(following);
    if (most < objects.length) following = setTimeout(() => { most += MORE_ROWS; render(faults); }, 30);
    next.forEach(({ element }, index) => {
      const there = list.children[index];
      if (there === element) return;
      if (there) there.replaceWith(element);
      else list.append(element);
    });
    while (list.children.length > next.length) list.lastElementChild.remove();
    rows = next;
    none.textContent = editor.readOnly ? gettext("None.") : gettext("None yet. Draw the first on the image.");
    if (!objects.length) list.append(none);
    if (focused) list.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  function begin() {
    list.replaceChildren();
    rows = [];
    most = FIRST_ROWS;
  }

  return { begin, render };
}
