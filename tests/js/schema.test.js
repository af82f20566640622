import assert from "node:assert/strict";
import { test } from "node:test";

import { above, cleaned, freeName, isTree, linked, moved, pretty, setKind, setShape, withoutPoint } from "../crowd/ui/schema/trees.js";

test("what says nothing is left out, in the order people write it, and what is unknown stays to be named", () => {
  const schema = { objects: [{ hotkey: "", shape: "box", min_side: 0, name: "car", attributes: [], odd: 1 }] };
  assert.deepEqual(cleaned(schema), { classifications: [], objects: [{ name: "car", shape: "box", odd: 1 }] });
  assert.deepEqual(Object.keys(cleaned(schema).objects[0]), ["name", "shape", "odd"]);
});

test("json reads back the same, whatever is short on one line", () => {
  const value = { a: [{ b: 1 }, { c: ["x".repeat(40), "y".repeat(40)] }], d: {}, e: null };
  assert.deepEqual(JSON.parse(pretty(value)), value);
  assert.ok(pretty(value).includes('{"b": 1}'));
  assert.ok(pretty(value).split("\n").every((line) => line.length <= 76));
});

test("a form can show lists of objects all the way down, and nothing else", () => {
  assert.ok(isTree({}));
  assert.ok(isTree({ objects: [{ name: 3, attributes: [] }] }));
  for (const odd of [null, [], 3, { objects: {} }, { objects: [3] }, { classifications: [{ options: ["a"] }] }]) assert.ok(!isTree(odd));
});

test("a fault belongs to the nearest thing above it", () => {
  const path = ["objects[0].keypoints[2]", "objects[0].keypoints", "objects[0]", "objects", ""];
  for (let i = 0; i + 1 < path.length; i += 1) assert.equal(above(path[i]), path[i + 1]);
});

test("an entry moves within its list, and not out of it", () => {
  const entries = ["a", "b", "c"];
  assert.equal(moved(entries, 2, 0), 0);
  assert.deepEqual(entries, ["c", "a", "b"]);
  assert.equal(moved(entries, 0, 9), 2);
  assert.deepEqual(entries, ["a", "b", "c"]);
});

test("another shape or kind drops what no longer belongs", () => {
  const item = { name: "a", shape: "keypoints", keypoints: ["x"], skeleton: [], sigmas: [0.1] };
  setShape(item, "box");
  assert.deepEqual(item, { name: "a", shape: "box" });
  const question = { name: "q", kind: "single", options: [{ name: "a" }] };
  setKind(question, "binary");
  assert.deepEqual(question, { name: "q", kind: "binary" });
  setKind(question, "multiple");
  assert.equal(question.options.length, 2);
});

test("two keypoints are joined, and parted; one that goes takes its lines along", () => {
  assert.deepEqual(linked([[0, 1]], 1, 2), [[0, 1], [1, 2]]);
  assert.deepEqual(linked([[0, 1]], 1, 0), []);
  const entry = { keypoints: ["a", "b", "c"], skeleton: [[0, 1], [1, 2], [0, 2]], sigmas: [1, 2, 3] };
  withoutPoint(entry, 1);
  assert.deepEqual(entry, { keypoints: ["a", "c"], skeleton: [[0, 1]], sigmas: [1, 3] });
});

test("new names are free", () => {
  assert.equal(freeName([{ name: "a" }, { name: "a 2" }], "a"), "a 3");
});
