import assert from "node:assert/strict";
import { test } from "node:test";

import { createKeymap } from "../crowd/ui/keymap.js";
import { indexed, marked, search } from "../crowd/ui/options.js";

const actions = [
  { id: "cat", title: "cat", keys: ["1"], group: "Labels" },
  { id: "dog", title: "dog", keys: ["2"], group: "Labels" },
  { id: "send", title: "Hand in", keys: ["Mod+Enter"], group: "Work", deliberate: true },
  { id: "sheet", title: "This sheet", keys: ["?"], group: "Image", fixed: true },
];

function keymap(own) {
  const made = createKeymap(own);
  actions.forEach(made.add);
  return made;
}

test("a key taken from another leaves that one without a key", () => {
  const keys = keymap();
  assert.equal(keys.objection("cat", "2").by.id, "dog");
  assert.deepEqual(keys.assign("cat", "2"), { dog: "", cat: "2" });
  assert.equal(keys.find("2").id, "cat");
  assert.equal(keys.find("1"), null);
  assert.equal(keys.moved("1"), "2");
  assert.equal(keys.moved("2"), "");
});

test("handing in is never put on a bare key, and fixed keys stay", () => {
  const keys = keymap();
  assert.match(keys.objection("send", "s").text, /accident/);
  assert.equal(keys.objection("send", "Alt+s").text, "");
  assert.match(keys.objection("cat", "?").text, /other things/);
  assert.match(keys.objection("sheet", "x").text, /cannot be changed/);
});

test("what was kept holds for keys bound later, until it is reset", () => {
  const keys = keymap({ cat: "F8" });
  assert.equal(keys.find("F8").id, "cat");
  assert.equal(keys.find("1"), null);
  assert.deepEqual(keys.reset(), {});
  assert.equal(keys.find("1").id, "cat");
});

test("the product's own key, chosen again, is no longer a choice", () => {
  const keys = keymap({ cat: "F8" });
  assert.deepEqual(keys.assign("cat", "1"), {});
});

const tree = indexed([
  { path: "bird", name: "bird", depth: 0 },
  { path: "bird/owl", name: "owl", depth: 1 },
  { path: "bird/owl/barn owl", name: "barn owl", depth: 2 },
  { path: "bowl", name: "bowl", depth: 0 },
]);

test("options are found by their whole path, names before parts of names", () => {
  assert.deepEqual(search(tree, "").found.map(({ path }) => path), ["bird", "bowl"]);
  assert.deepEqual(search(tree, "owl").found.map(({ path }) => path), ["bird/owl", "bowl", "bird/owl/barn owl"]);
  assert.deepEqual(search(tree, "bird barn").found.map(({ path }) => path), ["bird/owl/barn owl"]);
  assert.deepEqual(search(tree, "bird/").found.map(({ path }) => path), ["bird/owl"]);
  assert.deepEqual(search(tree, "b", 1), { found: [tree[0]], total: 4 });
  assert.equal(search(tree, "fish").total, 0);
});

test("what was typed is marked in what was found", () => {
  assert.deepEqual(marked("bird/owl", "owl"), [{ text: "bird/", hit: false }, { text: "owl", hit: true }]);
  assert.deepEqual(marked("<b>", "x"), [{ text: "<b>", hit: false }]);
});
