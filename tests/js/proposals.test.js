import assert from "node:assert/strict";
import { test } from "node:test";

import { createProposals } from "../crowd/labels/proposals.js";

const CAR = { label: "car", box: [1, 2, 3, 4], score: 0.5 };
const SAME = { box: [1, 2, 3, 4], score: 0.5, label: "car" };
const OTHER = { label: "car", box: [9, 9, 9, 9] };

test("of a draft, what is still as it was proposed is a proposal, however its keys are ordered", () => {
  const proposals = createProposals();
  proposals.begin([SAME, OTHER], [CAR]);
  assert.deepEqual(proposals.among([SAME, OTHER]), [SAME]);
});

test("an object that was adjusted is none; undone it is one again; accepted it is none for good", () => {
  const proposals = createProposals();
  proposals.begin([CAR], [CAR]);
  assert.ok(!proposals.has({ ...CAR, box: [1, 2, 3, 5] }));
  assert.ok(proposals.has(CAR));
  proposals.accept([CAR]);
  assert.ok(!proposals.has(CAR));
});

test("without a machine's document nothing is a proposal", () => {
  const proposals = createProposals();
  proposals.begin([CAR], undefined);
  assert.deepEqual(proposals.among([CAR]), []);
});

test("what was accepted before is none, whatever came since", () => {
  const proposals = createProposals();
  proposals.begin([CAR, OTHER], [CAR, OTHER]);
  proposals.accept([OTHER]);
  const again = createProposals();
  again.begin([SAME, { ...OTHER }], [CAR, OTHER], proposals.accepted);
  assert.deepEqual(again.among([SAME]), [SAME]);
  assert.deepEqual(again.accepted, [1]);
});
