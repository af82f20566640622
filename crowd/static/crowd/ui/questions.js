// Questions of the schema as a form: one answer, several, or yes and no; nested options indented; hotkeys shown. A question
// that an answer opens appears below it.

import { answered, toggled } from "../labels/documents.js";
import { asked, pruned } from "../labels/schemas.js";
import { h } from "./dom.js";
import { keycaps } from "./hotkeys.js";
import { createPicker, MANY } from "./picker.js";
import { gettext } from "../words.js";

let serial = 0;

function row(type, name, label, { key, depth = 0, description, onchange }) {
  const input = h("input", { type, name, onchange });
  const item = h(
    "label",
    { class: `choice choice--depth-${Math.min(depth, 4)}` },
    input,
    h("span", { class: "choice__text" }, label, description ? h("small", {}, description) : null),
    key ? h("span", { class: "choice__key", "aria-hidden": "true" }, keycaps(key)) : null,
  );
  return { input, item };
}

function yesOrNo(name, keyOf, answer) {
  const rows = [[gettext("Yes"), true], [gettext("No"), false]].map(([label, value]) => ({
    value,
    ...row("radio", name, label, { key: value ? keyOf(null) : null, onchange: () => answer(value) }),
  }));
  return { rows, show: (value) => rows.forEach((each) => { each.input.checked = each.value === value; }) };
}

function options(question, name, keyOf, answer) {
  const order = question.options.map((option) => option.path);
  const several = question.kind === "multiple";
  let present;
  const rows = question.options.map((option) => ({
    path: option.path,
    ...row(several ? "checkbox" : "radio", name, option.name, {
      ...option,
      key: keyOf(option.path),
      onchange: () => answer(several ? toggled(present, option.path, order) : option.path),
    }),
  }));
  const show = (value) => {
    present = value;
    for (const { input, path } of rows) input.checked = several ? (value ?? []).includes(path) : value === path;
  };
  return { rows, show };
}

// Many short options stand side by side.
function isShort({ kind, options: all }) {
  return kind !== "binary" && all.length > 4 && all.every((each) => each.depth === 0 && each.name.length <= 10 && !each.description);
}

// Very many options are looked for, the others listed.
function widget(question, name, { keyOf, answer, readOnly }) {
  if (question.kind !== "binary" && question.options.length > MANY) return createPicker(question, name, keyOf, answer, { readOnly });
  const { rows, show } = question.kind === "binary" ? yesOrNo(name, keyOf, answer) : options(question, name, keyOf, answer);
  return { element: h("div", { class: isShort(question) ? "choices choices--short" : "choices" }, rows.map((each) => each.item)), show };
}

function field(question, { keyOf, answer, readOnly, compact }) {
  serial += 1;
  const name = `q${serial}`;
  const { element: choices, show } = widget(question, name, { keyOf, answer, readOnly });
  const clear = h("button", { type: "button", class: "link question__clear", hidden: true, onclick: () => answer(undefined) }, gettext("Clear"));
  const errors = h("ul", { class: "field__errors", id: `${name}-errors`, hidden: true });
  const element = h(
    "fieldset",
    { class: compact ? "question question--compact" : "question", "aria-describedby": `${name}-errors`, disabled: readOnly },
    h("legend", {}, h("span", {}, question.name), question.required ? h("span", { class: "question__must" }, gettext("required")) : null),
    clear,
    question.description ? h("p", { class: "field__help" }, question.description) : null,
    choices,
    errors,
  );
  return {
    element,
    show(value, sentences = []) {
      show(value);
      clear.hidden = readOnly || value === undefined;
      errors.hidden = !sentences.length;
      errors.replaceChildren(...sentences.map((text) => h("li", {}, text)));
      element.classList.toggle("question--fault", sentences.length > 0);
    },
  };
}

// {element, show(answers, faults), focus(address)}; `onAnswers(next)` gets all answers with one changed.
export function createQuestions(questions, { keyOf = () => null, onAnswers, readOnly = false, compact = false }) {
  const element = h("div", { class: "questions" });
  const fields = new Map();
  let answers = {};

  const make = (question) =>
    field(question, {
      readOnly,
      compact,
      keyOf: (path) => keyOf(question.address, path),
      answer: (value) => onAnswers(pruned(questions, answered(answers, question.address, value))),
    });

  function show(next, faults = {}) {
    answers = next;
    const shown = asked(questions, answers);
    for (const question of shown) if (!fields.has(question.address)) fields.set(question.address, make(question));
    const wanted = shown.map((question) => fields.get(question.address).element);
    if (wanted.length !== element.children.length || wanted.some((child, i) => child !== element.children[i])) {
      element.replaceChildren(...wanted);
    }
    for (const { address } of shown) fields.get(address).show(answers[address], faults[address]);
  }

  show({});
  return {
    element,
    show,
    focus: (address) => fields.get(address)?.element.querySelector("input")?.focus(),
  };
}
