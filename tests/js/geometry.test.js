import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as boxes from "../crowd/geometry/boxes.js";
import * as cuboids from "../crowd/geometry/cuboids.js";
import { areaOf, boundsOf, hits, outline, topmost } from "../crowd/geometry/outlines.js";
import { parts, polygonContains } from "../crowd/geometry/polygons.js";
import { crossing, ringsCross, simplified } from "../crowd/geometry/rings.js";
import { snapTarget } from "../crowd/geometry/snapping.js";
import * as turned from "../crowd/geometry/turned.js";
import * as views from "../crowd/geometry/views.js";

const fixture = (name) => JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url)));
const close = (a, b, tolerance = 1e-9) => Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
const allClose = (a, b) => a.length === b.length && a.every((value, i) => close(value, b[i]));
const IMAGE = { width: 100, height: 80 };

for (const { name, shape, geometry, area } of fixture("area")) {
  if (shape === "mask") continue;
  test(`the area of ${name} is Python's`, () => assert.ok(close(areaOf({ [shape]: geometry }), area), `${areaOf({ [shape]: geometry })}`));
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

for (const { name, ellipse, points, inside } of fixture("ellipses")) {
  test(`what is inside an ellipse (${name}) is what Python says`, () => assert.deepEqual(points.map((point) => hits({ ellipse }, point, 0)), inside));
}

for (const { name, ring, simple } of fixture("crossing")) {
  test(`whether ${name} crosses itself is what Python says`, () => assert.equal(crossing(ring) === null, simple));
}

for (const { name, rings, crossings } of fixture("crossings")) {
  test(`which rings cross is what Python says: ${name}`, () => {
    const found = rings.flatMap((a, i) => rings.flatMap((b, j) => (j > i && ringsCross(a, b) ? [[i, j]] : [])));
    assert.deepEqual(found, crossings);
  });
}

for (const { name, polygon, parts: expected } of fixture("parts")) {
  test(`parts and holes are Python's: ${name}`, () => assert.deepEqual(parts(polygon), expected));
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

test("a turned box drawn from its edge lies on that edge, whichever way it goes", () => {
  assert.deepEqual(turned.fromEdge([10, 10], [30, 10], [20, 18]), [20, 14, 20, 8, 0]);
  assert.deepEqual(turned.fromEdge([10, 10], [10, 30], [4, 20]), [7, 20, 20, 6, 90]);
  assert.deepEqual(turned.fromEdge([30, 10], [10, 10], [20, 18]), [20, 14, 20, 8, 180]);
});

test("a side dragged leaves the opposite side where it is, however the box is turned", () => {
  for (const degrees of [0, 30, 90, 137, -45]) {
    const box = [50, 40, 20, 10, degrees];
    const before = turned.handles(box);
    const after = turned.handles(turned.resized(box, "e", turned.turned([50, 40], degrees, [[25, 3]])[0]));
    assert.ok(after.w.every((value, i) => Math.abs(value - before.w[i]) < 0.02));
    assert.ok(Math.abs(Math.hypot(after.e[0] - after.w[0], after.e[1] - after.w[1]) - 35) < 0.02);
  }
});

test("the turning handle points where it is dragged, by whole steps where asked for", () => {
  assert.equal(turned.resized([50, 40, 20, 10, 0], "turn", [60, 40])[4], 90);
  assert.equal(turned.resized([50, 40, 20, 10, 0], "turn", [53, 20])[4], 8.53);
  assert.equal(turned.resized([50, 40, 20, 10, 0], "turn", [53, 20], { steady: true })[4], 15);
});

test("a turned shape moved against the edge hangs over by no more than a quarter", () => {
  const box = [50, 40, 20, 10, 0];
  assert.deepEqual(turned.moved(box, [-500, 500], boundsOf({ rotated_box: box }), IMAGE), [5, 77.5, 20, 10, 0]);
});

test("a cuboid's corners go clockwise from the left top, the front face first", () => {
  const corners = cuboids.fromFaces([10, 20, 30, 40], [5, -8], IMAGE);
  assert.deepEqual(corners, [[10, 20], [40, 20], [40, 60], [10, 60], [15, 12], [45, 12], [45, 52], [15, 52]]);
});

test("the back face follows the corner nearest to the pointer and stays in the image", () => {
  assert.deepEqual(cuboids.shiftTo([10, 20, 30, 40], [45, 12]), [5, -8]);
  assert.deepEqual(cuboids.shiftTo([10, 20, 30, 40], [4, 66]), [-6, 6]);
  assert.deepEqual(cuboids.fromFaces([10, 20, 30, 40], [500, -500], IMAGE).slice(4), [[70, 0], [100, 0], [100, 40], [70, 40]]);
});

test("a cuboid's corner goes alone, its face goes whole", () => {
  const corners = cuboids.fromFaces([10, 20, 30, 40], [5, -8], IMAGE);
  assert.deepEqual(cuboids.resized(corners, "c6", [50, 60], IMAGE).filter((corner, i) => corner !== corners[i]), [[50, 60]]);
  const moved = cuboids.resized(corners, "back", [1000, 32], IMAGE);
  assert.deepEqual(moved.slice(4), [[70, 12], [100, 12], [100, 52], [70, 52]]);
  assert.deepEqual(moved.slice(0, 4), corners.slice(0, 4));
});

test("a drawn line keeps its corners and loses what lies between them", () => {
  const line = [[0, 0], [1, 0.2], [2, -0.2], [10, 0], [10.2, 5], [10, 10]];
  assert.deepEqual(simplified(line, 0.5), [[0, 0], [10, 0], [10, 10]]);
});

test("a point snaps to a corner before an edge, and to nothing far away or its own", () => {
  const objects = [{ polygon: [[[0, 0], [10, 0], [10, 10], [0, 10]]] }, { polyline: [[50, 50], [60, 50]] }];
  assert.deepEqual(snapTarget([9, 1], objects, 3), { point: [10, 0], to: "corner" });
  assert.deepEqual(snapTarget([5, -1], objects, 3), { point: [5, 0], to: "edge" });
  assert.equal(snapTarget([30, 30], objects, 3), null);
  assert.equal(snapTarget([9, 1], objects, 3, 0), null);
});

test("keypoints are hit on the skeleton's lines too", () => {
  const object = { keypoints: [[0, 0, 2], [40, 0, 1], [0, 0, 0]] };
  assert.ok(!hits(object, [20, 1], 3));
  assert.ok(hits(object, [20, 1], 3, [[0, 1], [1, 2]]));
});

test("of shapes that are nowhere near, no point is looked at again once they were drawn", () => {
  let reads = 0;
  const watched = (ring) => new Proxy(ring, { get: (target, key) => { reads += 1; return target[key]; } });
  const objects = [0, 100, 200].map((x) => ({ polygon: [watched([[x, 0], [x + 10, 0], [x + 10, 10]])] }));
  topmost(objects, [500, 500], 2);
  reads = 0;
  assert.equal(topmost(objects, [500, 500], 2), -1);
  assert.equal(reads, 0);
  assert.equal(topmost(objects, [8, 2], 2), 0);
});
