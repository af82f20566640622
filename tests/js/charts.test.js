// Charts: what is written on axes, and what is drawn of a course and of points.

import assert from "node:assert/strict";
import { test } from "node:test";

import { course } from "../crowd/charts/course.js";
import { faded, number, percent, when } from "../crowd/charts/format.js";
import { scatter } from "../crowd/charts/scatter.js";

const COLOUR = { text: "#000000", grid: "#eeeeee", line: "#2f52c4", quiet: "#8b8b84", font: "12px sans-serif" };

test("numbers are short and say when there is none", () => {
  assert.deepEqual([0.126, 12, 12345, 3e6, null].map(number), ["0.13", "12", "12.3 k", "3 M", "–"]);
  assert.deepEqual([0, 0.5, 1, null].map(percent), ["0 %", "50 %", "100 %", "–"]);
  assert.equal(faded("#2f52c4", 0.2), "#2f52c433");
});

test("a moment is told by its day or by its time, as far apart as the marks are", () => {
  const noon = new Date(2026, 2, 1, 12, 30, 5).getTime() / 1000;
  assert.deepEqual([86400, 3600, 1].map((apart) => when(noon, apart)), ["1 Mar", "12:30", "12:30:05"]);
});

test("a band is two lines that nobody sees, and what is between them", () => {
  const spec = { times: [1, 2], series: [{ name: "Right", values: [0.5, 0.6], style: "line" }], band: { low: [0.4, 0.5], high: [0.6, 0.7] }, unit: "percent", top: 1, bottom: 0 };
  const { options, data } = course(spec, COLOUR);
  assert.deepEqual(data, [[1, 2], [0.5, 0.6], [0.6, 0.7], [0.4, 0.5]]);
  assert.deepEqual(options.bands[0].series, [2, 3]);
  assert.deepEqual(options.scales.y.range(null, 0.5, 0.6), [0, 1]);
});

test("one moment alone is a point, with room around it", () => {
  const { options } = course({ times: [100], series: [{ name: "A", values: [1], style: "line" }] }, COLOUR);
  assert.equal(options.series[1].points.show, true);
  assert.deepEqual(options.scales.x.range(), [40, 160]);
});

test("points go from left to right whatever their order", () => {
  const points = [{ x: 2, y: 0.5, low: 0.4, high: 0.6 }, { x: 1, y: 0.9, low: 0.8, high: 1 }];
  const { data, options } = scatter({ points, x: "Seconds", y: "Right" }, COLOUR);
  assert.deepEqual(data, [[1, 2], [0.9, 0.5]]);
  assert.deepEqual(options.scales.x.range, [0, 2.2]);
});
