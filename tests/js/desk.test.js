import assert from "node:assert/strict";
import { test } from "node:test";

import * as masks from "../crowd/geometry/masks.js";
import * as spreads from "../crowd/geometry/spreads.js";
import * as rulings from "../crowd/labels/rulings.js";
import { questionsOf } from "../crowd/labels/schemas.js";

const box = (x, label = "car") => ({ label, box: [x, 0, 10, 10], score: 0.9 });
const consensus = { classifications: { scene: "cat" }, objects: [box(0), box(50)] };
const anns = { classifications: { scene: "dog" }, objects: [box(51), box(90)] };
const groups = [
  { drawn: { a: [0] }, kept: [1] },
  { drawn: { a: [1] }, kept: [] },
  { drawn: {}, kept: [0] },
];
const layers = [{ id: "consensus", annotation: consensus }, { id: "a", annotation: anns }];
const begun = () => rulings.begun(consensus, groups, "consensus");
const take = (ruling, group, from) => {
  const { annotation } = layers.find(({ id }) => id === from);
  return rulings.withTaken(ruling, { group, from, objects: rulings.placesIn(groups[group], from).map((place) => annotation.objects[place]) });
};

test("a ruling begins as the consensus, without its scores", () => {
  const ruling = begun();
  assert.deepEqual(ruling, { classifications: { scene: "cat" }, objects: [{ label: "car", box: [0, 0, 10, 10] }, { label: "car", box: [50, 0, 10, 10] }] });
  assert.equal(rulings.wholly(ruling, layers), "consensus");
  assert.equal(consensus.objects[0].score, 0.9);
});

test("a worker's version of a thing takes the place of what the ruling had of it", () => {
  const ruling = take(begun(), 0, "a");
  assert.deepEqual(ruling.objects.map(({ box: [x] }) => x), [0, 51]);
  assert.equal(rulings.sourceOf(ruling, 0), "a");
  assert.equal(rulings.wholly(ruling, layers), null);
  assert.equal(rulings.wholly(take(ruling, 0, "consensus"), layers), "consensus");
  const more = take(ruling, 1, "a");
  assert.deepEqual(more.objects.map(({ box: [x] }) => x), [0, 51, 90]);
  assert.deepEqual(rulings.withoutGroup(more, 0).objects.map(({ box: [x] }) => x), [0, 90]);
});

test("a ruling that says all that one worker said is that worker's answer", () => {
  const questions = questionsOf({ classifications: [{ name: "scene", kind: "single", options: [{ name: "cat" }, { name: "dog" }] }] });
  const ruling = rulings.withAnswer(rulings.withoutGroup(take(take(begun(), 0, "a"), 1, "a"), 2), questions, "scene", anns.classifications);
  assert.equal(rulings.wholly(ruling, layers), "a");
});

test("an object changed by hand is still of its thing, and nobody's else", () => {
  const before = begun();
  const moved = { ...before.objects[1], box: [55, 0, 10, 10] };
  rulings.follow(before.objects, [before.objects[0], moved]);
  const ruling = { ...before, objects: [before.objects[0], moved] };
  assert.deepEqual(rulings.originOf(moved), { group: 0, from: "own" });
  assert.equal(rulings.wholly(ruling, layers), null);
  assert.deepEqual(take(ruling, 0, "a").objects.map(({ box: [x] }) => x), [0, 51]);
});

const NESTED = { classifications: [{ name: "animal", kind: "single", options: [{ name: "dog", attributes: [{ name: "wet", kind: "binary" }] }, { name: "cat" }] }, { name: "dark", kind: "binary" }] };

test("an answer brings the answers to what it opens, and takes those away that nobody asks for any more", () => {
  const questions = questionsOf(NESTED);
  const wet = { animal: "dog", "animal/dog/wet": true };
  const ruling = rulings.withAnswer({ classifications: { animal: "cat", dark: true }, objects: [] }, questions, "animal", wet);
  assert.deepEqual(ruling.classifications, { dark: true, ...wet });
  assert.deepEqual(rulings.withAnswer(ruling, questions, "animal", { animal: "cat" }).classifications, { dark: true, animal: "cat" });
});

test("questions are told with what they open, and which are answered differently", () => {
  const documents = [{ classifications: { animal: "cat", dark: true } }, { classifications: { dark: true, animal: "dog", "animal/dog/wet": false } }];
  assert.deepEqual(rulings.questionsIn(questionsOf(NESTED), documents).map(({ address, disputed }) => [address, disputed]), [["animal", true], ["animal/dog/wet", true], ["dark", false]]);
});

test("the edges of boxes lie between the lowest and the highest", () => {
  const boxes = [[10, 20, 30, 40], [14, 20, 30, 44], [12, 23, 30, 40]];
  assert.deepEqual(spreads.edges(boxes), {
    left: { low: 10, middle: 12, high: 14 }, top: { low: 20, middle: 21, high: 23 },
    right: { low: 40, middle: 42, high: 44 }, bottom: { low: 60, middle: 187 / 3, high: 64 },
  });
  const [left] = spreads.bands(boxes);
  assert.deepEqual(left.map((value) => Math.round(value)), [10, 21, 4, 41]);
});

test("points scatter in an ellipse along their longer spread", () => {
  const [cx, cy, rx, ry, degrees] = spreads.scatter([[0, 0], [10, 10], [5, 5], [5, 5]]);
  assert.deepEqual([cx, cy, Math.round(degrees)], [5, 5, 45]);
  assert.ok(Math.abs(rx - 2 * 5) < 1e-9 && ry < 1e-6, `${rx} ${ry}`);
  assert.equal(spreads.scatter([[1, 1]]), null);
  assert.equal(spreads.scatters([[[1, 1, 2], [5, 5, 0]], [[3, 1, 2], [6, 5, 2]]]).length, 1);
});

test("lines are compared place by place, whichever end they were begun at", () => {
  const line = spreads.band([[[0, 0], [100, 0]], [[100, 4], [50, 4], [0, 4]]]);
  assert.equal(line.length, 25);
  assert.ok(line.every(([, y, distance]) => Math.abs(y - 2) < 1e-9 && Math.abs(distance - 2) < 1e-9));
  assert.deepEqual(line[0].slice(0, 2), [0, 2]);
});

test("votes count who covers what, masks and outlines alike", () => {
  const image = { width: 20, height: 10 };
  const left = { label: "sky", mask: masks.fromSpans([[0, 100]], image) };
  const right = { label: "sky", mask: masks.fromSpans([[50, 150]], image) };
  const heat = spreads.votes([[left], [right]]);
  assert.deepEqual([heat.left, heat.top, heat.across, heat.down, heat.step, heat.most], [0, 0, 15, 10, 1, 2]);
  assert.deepEqual([...heat.votes.slice(0, 15)], [...Array(5).fill(1), ...Array(5).fill(2), ...Array(5).fill(1)]);
  const square = (x) => ({ label: "cell", polygon: [[[x, 0], [x + 4, 0], [x + 4, 4], [x, 4]]] });
  assert.deepEqual([...spreads.spreadOf([[square(0)], [square(2)]]).heat.votes.slice(0, 6)], [1, 1, 2, 2, 1, 1]);
  assert.equal(spreads.votes([[square(0), square(2)], [square(0)]]).votes[2], 2); // pieces of one worker are one vote
});

test("what is drawn of a spread follows the shape; of one drawing there is none", () => {
  const point = (x) => [{ label: "spot", point: [x, 1] }];
  assert.equal(spreads.spreadOf([point(1)]), null);
  assert.equal(spreads.spreadOf([point(1), point(3)]).ellipses[0].length, 64);
  assert.equal(spreads.spreadOf([[box(0)], [box(2)]]).bands.length, 4);
  assert.equal(spreads.spreadOf([[box(0)], point(3)]), null);
});
