import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as boxes from "../crowd/geometry/boxes.js";
import { boundsOf, hits, outline, topmost } from "../crowd/geometry/outlines.js";
import { polygonArea, polygonContains } from "../crowd/geometry/polygons.js";
import * as views from "../crowd/geometry/views.js";

const fixture = (name) => JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url)));
const close = (a, b, tolerance = 1e-9) => Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
const allClose = (a, b) => a.length === b.length && a.every((value, i) => close(value, b[i]));
const IMAGE = { width: 100, height: 80 };

for (const { name, shape, geometry, area } of fixture("area")) {
  const measures = { box: boxes.area, polygon: polygonArea };
  if (measures[shape]) test(`the area of ${name} is Python's`, () => assert.ok(close(measures[shape](geometry), area), `${measures[shape](geometry)}`));
}

for (const { name, shape, a, b, iou, tolerance } of fixture("iou")) {
  if (shape === "box") test(`the overlap of ${name} is Python's`, () => assert.ok(close(boxes.iou(a, b), iou, tolerance)));
}

for (const { name, shape, geometry, bounds } of fixture("bounds")) {
  const [left, top, right, bottom] = bounds;
  test(`the bounds of ${name} are Python's`, () => {
    const found = boundsOf({ [shape]: geometry });
    assert.ok(allClose(found, [left, top, right - left, bottom - top]), `${found}`);
  });
}

for (const { name, polygon, points, inside } of fixture("contains")) {
  test(`what is inside ${name} is what Python says`, () => assert.deepEqual(points.map((point) => polygonContains(polygon, point)), inside));
}

for (const { name, rotated_box, corners } of fixture("corners")) {
  test(`the corners of a box ${name} are Python's`, () => {
    const [{ points }] = outline({ rotated_box });
    assert.ok(points.every((point, i) => allClose(point, corners[i])), JSON.stringify(points));
  });
}

test("a box drawn from any corner is the same box", () => {
  for (const [a, b] of [[[3, 4], [13, 9]], [[13, 9], [3, 4]], [[3, 9], [13, 4]], [[13, 4], [3, 9]]]) {
    assert.deepEqual(boxes.fromCorners(a, b), [3, 4, 10, 5]);
  }
});

test("a box moved against the edge stops there and keeps its size", () => {
  assert.deepEqual(boxes.moved([10, 10, 20, 20], [-50, 1000], IMAGE), [0, 60, 20, 20]);
});

test("a box that fills the image cannot be moved out of it", () => {
  assert.deepEqual(boxes.moved([0, 0, 100, 80], [7, -7], IMAGE), [0, 0, 100, 80]);
});

test("a handle dragged past the other side turns the box over", () => {
  assert.deepEqual(boxes.resized([10, 10, 20, 20], "e", [4, 0], IMAGE), [4, 10, 6, 20]);
  assert.deepEqual(boxes.resized([10, 10, 20, 20], "nw", [50, 50], IMAGE), [30, 30, 20, 20]);
});

test("every handle moves its own sides alone", () => {
  const box = [10, 10, 20, 20];
  for (const handle of boxes.HANDLES) {
    const at = boxes.handles(box)[handle];
    assert.deepEqual(boxes.resized(box, handle, at, IMAGE), box);
  }
});

test("a box never leaves the image, whichever handle is dragged where", () => {
  for (const handle of boxes.HANDLES) {
    for (const point of [[-5, -5], [500, 500], [50, -1], [-1, 40]]) {
      const [x, y, w, h] = boxes.resized([10, 10, 20, 20], handle, point, IMAGE);
      assert.ok(x >= 0 && y >= 0 && x + w <= IMAGE.width && y + h <= IMAGE.height);
    }
  }
});

test("rounding keeps the far edges where they are", () => {
  const [x, , w] = boxes.rounded([0.005, 0, 0.015, 1]);
  assert.ok(close(x + w, 0.02));
});

test("the smaller of two objects is taken where both are hit", () => {
  const objects = [{ box: [40, 40, 10, 10] }, { box: [0, 0, 100, 80] }];
  assert.equal(topmost(objects, [45, 45], 2), 0);
  assert.equal(topmost(objects, [5, 5], 2), 1);
  assert.equal(topmost([], [5, 5], 2), -1);
});

test("a thin line is hit within the tolerance and not beyond", () => {
  const line = { polyline: [[0, 0], [50, 0]] };
  assert.ok(hits(line, [25, 3], 3));
  assert.ok(!hits(line, [25, 3.01], 3));
});

test("zooming keeps the point under the cursor", () => {
  const view = { scale: 0.7, x: 12, y: -8 };
  const cursor = [321, 123];
  const before = views.toImage(view, cursor);
  const after = views.toImage(views.zoomedAt(view, cursor, 3.3, 0.1), cursor);
  assert.ok(allClose(before, after));
});

test("the screen and the image are each other's inverse", () => {
  const view = { scale: 1.37, x: 12.5, y: -8.25 };
  assert.ok(allClose(views.toScreen(view, views.toImage(view, [10, 20])), [10, 20]));
});

test("the whole image fits, centred", () => {
  const view = views.fit({ width: 200, height: 100 }, { width: 232, height: 432 }, 16);
  assert.deepEqual(view, { scale: 1, x: 16, y: 166 });
});

test("zoom stops at both ends", () => {
  assert.equal(views.zoomedAt({ scale: 1, x: 0, y: 0 }, [0, 0], 1e9, 0.2).scale, views.MAX_SCALE);
  assert.equal(views.zoomedAt({ scale: 1, x: 0, y: 0 }, [0, 0], 1e-9, 0.2).scale, 0.2);
});

test("the image cannot be lost off the screen", () => {
  const view = views.held({ scale: 1, x: 9999, y: -9999 }, { width: 400, height: 400 }, { width: 200, height: 200 });
  assert.deepEqual([view.x, view.y], [150, -350]);
});

test("two fingers twice as far apart show everything twice as large", () => {
  const view = views.pinched({ scale: 1, x: 0, y: 0 }, [[0, 0], [100, 0]], [[0, 0], [200, 0]], 0.1);
  assert.equal(view.scale, 2);
  assert.ok(allClose(views.toScreen(view, [0, 0]), [0, 0]));
  assert.ok(allClose(views.toScreen(view, [100, 0]), [200, 0]));
});
