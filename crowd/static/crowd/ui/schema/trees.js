// A label schema as a tree that people edit: what may stand in it, how it is written, and where a fault belongs. No DOM.

export const SHAPES = {
  box: "Box", rotated_box: "Rotated box", polygon: "Polygon", polyline: "Line", ellipse: "Ellipse", point: "Point",
  keypoints: "Keypoints", mask: "Mask", cuboid: "Cuboid",
};
export const REGIONS = new Set(["box", "rotated_box", "polygon", "ellipse", "mask", "cuboid"]);
export const KINDS = { single: "One of", multiple: "Any of", binary: "Yes or no" };
const ORDER = [
  "name", "kind", "shape", "required", "min_side", "stuff", "keypoints", "skeleton", "sigmas", "options", "attributes",
  "color", "hotkey", "description",
];
const CHILDREN = ["options", "attributes"];
const LINE = 76;

export const list = (value) => (Array.isArray(value) ? value : []);
const isEntry = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

// Whether the form can show it: the parts are lists of objects all the way down. What they say may still be wrong.
export function isTree(schema) {
  const sound = (entries) => entries === undefined
    || (Array.isArray(entries) && entries.every((entry) => isEntry(entry) && CHILDREN.every((key) => sound(entry[key]))));
  return isEntry(schema) && sound(schema.classifications) && sound(schema.objects);
}

function isDefault(value) {
  return value === undefined || value === "" || value === false || value === 0 || (Array.isArray(value) && !value.length);
}

function cleanedEntry(entry) {
  const known = ORDER.filter((key) => key in entry);
  const others = Object.keys(entry).filter((key) => !ORDER.includes(key)); // unknown ones stay: the server names them
  return Object.fromEntries([...known, ...others].flatMap((key) => {
    if (CHILDREN.includes(key) && list(entry[key]).length) return [[key, entry[key].map(cleanedEntry)]];
    return key !== "name" && isDefault(entry[key]) ? [] : [[key, entry[key]]];
  }));
}

// The document without what says nothing, its members in the order people write them.
export function cleaned(schema) {
  const { classifications, objects, ...others } = schema;
  return { ...others, classifications: list(classifications).map(cleanedEntry), objects: list(objects).map(cleanedEntry) };
}

// JSON as people write it: indented by two, but whatever is short on one line; as the server writes it, too.
export function pretty(value, depth = 0) {
  const flat = spaced(value);
  const inner = "  ".repeat(depth + 1);
  const outer = "  ".repeat(depth);
  const isList = Array.isArray(value);
  if (flat.length + inner.length <= LINE || value === null || typeof value !== "object" || !Object.keys(value).length) return flat;
  const rows = isList
    ? value.map((below) => pretty(below, depth + 1))
    : Object.entries(value).map(([key, below]) => `${JSON.stringify(key)}: ${pretty(below, depth + 1)}`);
  return `${isList ? "[" : "{"}\n${rows.map((row) => inner + row).join(",\n")}\n${outer}${isList ? "]" : "}"}`;
}

function spaced(value) {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (!isEntry(value)) return JSON.stringify(value);
  return `{${Object.entries(value).map(([key, below]) => `${JSON.stringify(key)}: ${spaced(below)}`).join(", ")}}`;
}

export function freeName(entries, base) {
  const taken = new Set(entries.map((entry) => (typeof entry === "string" ? entry : entry.name)));
  if (!taken.has(base)) return base;
  let number = 2;
  while (taken.has(`${base} ${number}`)) number += 1;
  return `${base} ${number}`;
}

export function freshClass(entries) {
  return { name: freeName(entries, "new class"), shape: entries.at(-1)?.shape ?? "box" };
}

export function freshQuestion(entries) {
  return { name: freeName(entries, "new question"), kind: "single", options: [{ name: "first" }, { name: "second" }] };
}

export function freshOption(entries) {
  return { name: freeName(entries, "new option") };
}

// Moves one entry by steps inside its list; the list keeps its identity. Returns its new place.
export function moved(entries, from, to) {
  const place = Math.max(0, Math.min(to, entries.length - 1));
  entries.splice(place, 0, ...entries.splice(from, 1));
  return place;
}

// Changes how a question is answered or a class is drawn, and drops what no longer belongs.
export function setKind(entry, kind) {
  entry.kind = kind;
  if (kind === "binary") delete entry.options;
  else if (!list(entry.options).length) entry.options = [{ name: "first" }, { name: "second" }];
}

export function setShape(entry, shape) {
  entry.shape = shape;
  if (!REGIONS.has(shape)) delete entry.min_side;
  if (!["mask", "polygon"].includes(shape)) delete entry.stuff;
  if (shape === "keypoints") entry.keypoints ??= [];
  else for (const key of ["keypoints", "skeleton", "sigmas"]) delete entry[key];
}

// Joins two keypoints, or parts them if they were joined.
export function linked(edges, first, second) {
  const others = list(edges).filter(([a, b]) => !((a === first && b === second) || (a === second && b === first)));
  return others.length < list(edges).length ? others : [...others, [first, second]];
}

// Takes a keypoint out of a class, with the lines that ended in it; later ones move up.
export function withoutPoint(entry, index) {
  entry.keypoints.splice(index, 1);
  if (list(entry.sigmas).length) entry.sigmas.splice(index, 1);
  entry.skeleton = list(entry.skeleton)
    .filter((edge) => !edge.includes(index))
    .map((edge) => edge.map((end) => (end > index ? end - 1 : end)));
}

// "objects[0].keypoints[2]" → "objects[0].keypoints" → "objects[0]" → "objects" → ""
export function above(path) {
  return path.replace(/(?:\.[^.[\]]+|\[\d+\]|^[^.[\]]+)$/, "");
}
