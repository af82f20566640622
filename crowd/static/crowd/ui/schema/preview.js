// What workers will see of a schema: its questions as the workbench asks them, its classes with their colours and keys.

import { colourOf } from "../../canvas/paint.js";
import { classesOf, hotkeysOf, keyFor, questionsOf } from "../../labels/schemas.js";
import { h, swatch } from "../dom.js";
import { keycaps } from "../hotkeys.js";
import { createQuestions } from "../questions.js";
import { SHAPES, list } from "./trees.js";

function classRow(item, keys) {
  const key = keyFor(keys, (choice) => choice.class === item.name);
  const asks = list(item.attributes);
  return h("li", { class: "preview-class" },
    h("div", { class: "preview-class__head" }, swatch(colourOf(item)), h("strong", {}, item.name), h("span", { class: "badge badge--plain" }, SHAPES[item.shape] ?? String(item.shape)), key ? h("span", { class: "preview-class__key" }, keycaps(key)) : null),
    item.description ? h("p", { class: "muted small" }, item.description) : null,
    asks.length ? answerable(asks, { compact: true }) : null);
}

function answerable(questions, options = {}) {
  const form = createQuestions(questions, { ...options, onAnswers: (next) => form.show(next) });
  return form.element;
}

export function renderPreview(root, schema) {
  const keys = hotkeysOf(schema);
  const questions = questionsOf(schema);
  const classes = classesOf(schema);
  const keyOf = (address, path) => keyFor(keys, (choice) => choice.question === address && choice.path === path);
  root.replaceChildren(
    questions.length ? answerable(questions, { keyOf }) : "",
    classes.length ? h("section", {}, h("h3", {}, "Objects"), h("ul", { class: "plain preview-classes" }, classes.map((item) => classRow(item, keys)))) : "",
    questions.length || classes.length ? "" : h("p", { class: "muted" }, "Nothing to label yet."),
  );
}
