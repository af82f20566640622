// Annotation documents: changed without mutation, checked before they are sent. The server's check is the one that rules.

import { shapeOf } from "../geometry/outlines.js";
import { geometryFaults } from "./geometries.js";
import { asked, classesOf, questionsOf } from "./schemas.js";
import { gettext } from "../words.js";

const MISSING = gettext("This question needs an answer.");

export function emptyDocument() {
  return { classifications: {}, objects: [] };
}

export function normalised(document) {
  return {
    ...document,
    classifications: { ...(document?.classifications ?? {}) },
    objects: [...(document?.objects ?? [])],
  };
}

// Answers with one changed; undefined and the empty choice take it away.
export function answered(answers, address, value) {
  const next = { ...answers };
  if (value === undefined || (Array.isArray(value) && value.length === 0)) delete next[address];
  else next[address] = value;
  return next;
}

export function withObject(document, object) {
  return { ...document, objects: [...document.objects, object] };
}

export function withObjectAt(document, index, object) {
  return { ...document, objects: document.objects.map((old, i) => (i === index ? object : old)) };
}

export function withoutObject(document, index) {
  return { ...document, objects: document.objects.filter((_, i) => i !== index) };
}

// Toggled in a set, kept in the order of the options so that equal answers are equal documents.
export function toggled(chosen, path, order) {
  const set = new Set(chosen ?? []);
  if (set.has(path)) set.delete(path);
  else set.add(path);
  return order.filter((candidate) => set.has(candidate));
}

function unanswered(questions, answers) {
  return asked(questions, answers).filter((question) => question.required && answers[question.address] === undefined);
}

const ANYWHERE = { width: Infinity, height: Infinity };

// What is missing or not sound, by JSON path; empty when it may be sent. The image is {width, height}.
export function faults(document, schema, image = ANYWHERE) {
  const found = {};
  const add = (path, sentence) => (found[path] ??= []).push(sentence);
  for (const question of unanswered(questionsOf(schema), document.classifications)) {
    add(`classifications.${question.address}`, MISSING);
  }
  const classes = new Map(classesOf(schema).map((item) => [item.name, item]));
  document.objects.forEach((object, index) => {
    const item = classes.get(object.label);
    if (!item) {
      add(`objects[${index}].label`, gettext("Choose a class for this object."));
      return;
    }
    for (const question of unanswered(item.attributes, object.attributes ?? {})) {
      add(`objects[${index}].attributes.${question.address}`, MISSING);
    }
    const shape = shapeOf(object);
    for (const sentence of geometryFaults(shape, object, item, image)) add(`objects[${index}].${shape}`, sentence);
  });
  return found;
}

const PLACES = [
  [/^classifications\.([^[]+)/, (found, [, address]) => (found.questions[address] ??= [])],
  [/^objects\[(\d+)\]\.attributes\.([^[]+)/, (found, [, index, address]) => ((found.attributes[index] ??= {})[address] ??= [])],
  [/^objects\[(\d+)\]/, (found, [, index]) => (found.objects[index] ??= [])],
];

// Faults by JSON path, sorted to where the page shows them: questions, objects, objects' attributes, and the rest.
export function placed(errors) {
  const found = { questions: {}, objects: {}, attributes: {}, rest: [] };
  for (const [given, sentences] of Object.entries(errors ?? {})) {
    const path = given.replace(/^annotation\.?/, "");
    const said = sentences.map((text) => text.charAt(0).toUpperCase() + text.slice(1));
    const match = PLACES.map(([pattern, place]) => [pattern.exec(path), place]).find(([hit]) => hit);
    const list = match ? match[1](found, match[0]) : found.rest;
    list.push(...said);
  }
  return found;
}
