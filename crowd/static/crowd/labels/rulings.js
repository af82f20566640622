// A reviewer's ruling put together from what workers and the consensus said. Documents and objects never change: each
// step gives a new document, so that it can be undone. Where an object came from is remembered beside it.

import { asked } from "./schemas.js";

const origins = new WeakMap(); // object: {group, from}

export const CONSENSUS = "consensus";

// {group, from} of an object that was taken from a layer; undefined for one that the reviewer drew or changed.
export const originOf = (object) => origins.get(object);

// An object of a layer as it goes into a ruling: whoever rules is not the guess that its score was.
function copied(object, group, from) {
  const { score, id, ...rest } = object;
  origins.set(rest, { group, from });
  return rest;
}

// The places of a group's objects in a layer's document.
export function placesIn(group, layer) {
  return (layer === CONSENSUS ? group.kept : group.drawn[layer]) ?? [];
}

// Which group an object of a layer belongs to, by its place; -1 while nothing is known of it.
export function groupAt(groups, layer, place) {
  return groups.findIndex((group) => placesIn(group, layer).includes(place));
}

// An object that was changed is still of its thing, and from now on the reviewer's own.
export function follow(before, after) {
  if (before.length !== after.length) return;
  after.forEach((object, place) => {
    const origin = origins.get(before[place]);
    if (object !== before[place] && origin && !origins.has(object)) origins.set(object, { ...origin, from: "own" });
  });
}

// A whole layer as a ruling. Without groups each object is a thing of its own.
export function begun(document, groups, from) {
  const objects = (document?.objects ?? []).map((object, place) => {
    const at = groupAt(groups, from, place);
    return copied(object, at < 0 ? `${from} ${place}` : at, from);
  });
  return { ...document, classifications: { ...(document?.classifications ?? {}) }, objects };
}

// The ruling with a thing as a layer has it, in place of whatever it had of that thing.
export function withTaken(ruling, { group, from, objects }) {
  const taken = objects.map((object) => copied(object, group, from));
  const first = ruling.objects.findIndex((object) => origins.get(object)?.group === group);
  const rest = ruling.objects.filter((object) => origins.get(object)?.group !== group);
  const at = first < 0 ? rest.length : first;
  return { ...ruling, objects: [...rest.slice(0, at), ...taken, ...rest.slice(at)] };
}

export function withoutGroup(ruling, group) {
  return { ...ruling, objects: ruling.objects.filter((object) => origins.get(object)?.group !== group) };
}

// From which layer a ruling has a thing; null where it has none of it.
export function sourceOf(ruling, group) {
  const found = ruling.objects.map((object) => origins.get(object)).find((origin) => origin?.group === group);
  return found?.from ?? null;
}

// One question as a layer answers it, with the answers to what that opens; what is no longer asked goes.
export function withAnswer(ruling, questions, address, given) {
  const below = (name) => name === address || name.startsWith(`${address}/`);
  const kept = Object.entries(ruling.classifications).filter(([name]) => !below(name));
  const taken = Object.entries(given).filter(([name]) => below(name));
  const all = Object.fromEntries([...kept, ...taken]);
  const known = new Set(asked(questions, all).map((question) => question.address));
  return { ...ruling, classifications: Object.fromEntries(Object.entries(all).filter(([name]) => known.has(name))) };
}

const sorted = (value) => JSON.stringify(value, (_, each) => (each && typeof each === "object" && !Array.isArray(each) ? Object.fromEntries(Object.entries(each).sort()) : each));

export const same = (a, b) => sorted(a ?? null) === sorted(b ?? null);

// The layer that says exactly what the ruling says, so that it is accepted as that one's; null where none does.
export function wholly(ruling, layers) {
  return layers.find(({ id, annotation }) => {
    const theirs = annotation?.objects ?? [];
    return theirs.length === ruling.objects.length
      && same(annotation?.classifications ?? {}, ruling.classifications)
      && ruling.objects.every((object) => { const origin = origins.get(object); return origin?.from === id; });
  })?.id ?? null;
}

// Every question that one of the documents answers or opens, in the schema's order, and whether they differ in it.
export function questionsIn(questions, documents) {
  const found = new Map();
  for (const document of documents) {
    for (const question of asked(questions, document?.classifications ?? {})) {
      if (!found.has(question.address)) found.set(question.address, question);
    }
  }
  const order = (address) => questions.findIndex(({ address: root }) => address === root || address.startsWith(`${root}/`));
  return [...found.values()]
    .sort((a, b) => order(a.address) - order(b.address))
    .map((question) => {
      const values = documents.map((document) => document?.classifications?.[question.address]);
      return { ...question, disputed: values.some((value) => !same(value, values[0])) };
    });
}
