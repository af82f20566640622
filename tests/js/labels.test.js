import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { answered, faults, placed, toggled } from "../crowd/labels/documents.js";
import { createHistory } from "../crowd/labels/histories.js";
import { asked, hotkeysOf, pruned, questionsOf } from "../crowd/labels/schemas.js";

const SCHEMA = {
  classifications: [
    {
      name: "scene", kind: "single", required: true,
      options: [{ name: "outdoor", attributes: [{ name: "wet", kind: "binary", required: true }], options: [{ name: "street" }] }, { name: "indoor" }],
    },
    { name: "weather", kind: "multiple", options: [{ name: "rain" }, { name: "fog" }, { name: "sun" }] },
    { name: "blurred", kind: "binary", hotkey: "b" },
  ],
  objects: [
    { name: "car", shape: "box", min_side: 4, hotkey: "1", attributes: [{ name: "occluded", kind: "binary", required: true }] },
    { name: "7", shape: "box" },
  ],
};

test("inner options may be chosen and are named by their path", () => {
  assert.deepEqual(questionsOf(SCHEMA)[0].options.map((option) => option.path), ["outdoor", "outdoor/street", "indoor"]);
});

test("an answer opens its option's questions, and those of the options above it", () => {
  const questions = questionsOf(SCHEMA);
  const addresses = (answers) => asked(questions, answers).map((question) => question.address);
  assert.deepEqual(addresses({}), ["scene", "weather", "blurred"]);
  assert.deepEqual(addresses({ scene: "outdoor/street" }), ["scene", "scene/outdoor/wet", "weather", "blurred"]);
});

test("answers to questions that are no longer asked go", () => {
  const answers = { scene: "indoor", "scene/outdoor/wet": true, blurred: false };
  assert.deepEqual(pruned(questionsOf(SCHEMA), answers), { scene: "indoor", blurred: false });
});

test("keys: the owner's own first, then a choice's one-letter name, then the next free", () => {
  const keys = hotkeysOf(SCHEMA);
  assert.equal(keys.get("1").class, "car");
  assert.equal(keys.get("7").class, "7");
  assert.equal(keys.get("b").question, "blurred");
  assert.deepEqual([keys.get("2").path, keys.get("3").path], ["outdoor", "outdoor/street"]);
});

test("no key does two things, and more choices than keys is no fault", () => {
  const many = { classifications: [{ name: "q", kind: "single", options: Array.from({ length: 40 }, (_, i) => ({ name: `option ${i}` })) }] };
  const keys = hotkeysOf(many);
  assert.equal(keys.size, 31);
  assert.equal(new Set([...keys.values()].map((choice) => choice.path)).size, 31);
});

test("a set keeps the schema's order, so that equal answers are equal documents", () => {
  const order = ["rain", "fog", "sun"];
  assert.deepEqual(toggled(toggled(undefined, "sun", order), "rain", order), ["rain", "sun"]);
  assert.deepEqual(toggled(["rain", "sun"], "rain", order), ["sun"]);
});

test("an emptied answer is no answer", () => {
  assert.deepEqual(answered({ weather: ["rain"], blurred: false }, "weather", []), { blurred: false });
  assert.deepEqual(answered({ blurred: false }, "blurred", undefined), {});
});

test("what is missing or too small is named by its path", () => {
  const document = { classifications: { scene: "outdoor" }, objects: [{ label: "car", box: [0, 0, 3, 9] }, { label: "7", box: [0, 0, 9, 9] }] };
  assert.deepEqual(Object.keys(faults(document, SCHEMA)), [
    "classifications.scene/outdoor/wet", "objects[0].attributes.occluded", "objects[0].box",
  ]);
  assert.deepEqual(Object.keys(faults({ classifications: { scene: "indoor" }, objects: [] }, SCHEMA)), []);
});

for (const { name, class: item, geometry, sound } of JSON.parse(readFileSync(new URL("../fixtures/sound.json", import.meta.url)))) {
  test(`${name} is ${sound ? "taken" : "refused"}, as the server does`, () => {
    const document = { classifications: {}, objects: [{ label: item.name, [item.shape]: geometry }] };
    const found = faults(document, { classifications: [], objects: [item] }, { width: 100, height: 80 });
    assert.deepEqual(Object.keys(found), sound ? [] : [`objects[0].${item.shape}`]);
  });
}

test("false is an answer", () => {
  const document = { classifications: { scene: "outdoor", "scene/outdoor/wet": false }, objects: [] };
  assert.deepEqual(faults(document, SCHEMA), {});
});

test("faults of the server find their place, whatever a question is called", () => {
  const found = placed({
    "classifications.scene": ["is required"],
    "annotation.classifications.a.b [c": ["no"],
    "objects[2].box": ["has no area"],
    "objects[0].attributes.occluded": ["is required"],
    objects: ["too many"],
  });
  assert.deepEqual(found.questions, { scene: ["Is required"], "a.b ": ["No"] });
  assert.deepEqual(found.objects, { 2: ["Has no area"] });
  assert.deepEqual(found.attributes, { 0: { occluded: ["Is required"] } });
  assert.deepEqual(found.rest, ["Too many"]);
});

test("every change can be undone and redone; a drag is one change", () => {
  const history = createHistory("a");
  history.change("b");
  history.change("c", { merge: "drag 1" });
  history.change("d", { merge: "drag 1" });
  history.settle();
  history.change("e", { merge: "drag 1" });
  const seen = [history.value];
  while (history.undo()) seen.push(history.value);
  assert.deepEqual(seen, ["e", "d", "b", "a"]);
  while (history.redo()) seen.push(history.value);
  assert.deepEqual(seen.slice(4), ["b", "d", "e"]);
});

test("a change after an undo forgets what was undone", () => {
  const history = createHistory(0);
  history.change(1);
  history.undo();
  history.change(2);
  assert.equal(history.canRedo, false);
  assert.equal(history.redo(), false);
});

test("listeners hear what caused a change", () => {
  const history = createHistory(0);
  const heard = [];
  history.subscribe((value, cause) => heard.push([value, cause]));
  history.change(1);
  history.undo();
  history.reset(9);
  assert.deepEqual(heard, [[1, "change"], [0, "undo"], [9, "reset"]]);
});
