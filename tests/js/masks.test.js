import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as masks from "../crowd/geometry/masks.js";
import * as rasters from "../crowd/geometry/rasters.js";
import { countsOf, runsOf } from "../crowd/geometry/runs.js";

const fixture = (name) => JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url)));
const sizeOf = (rows) => ({ height: rows.length, width: rows[0].length });

function fromRows(rows) {
  const raster = rasters.createRaster(sizeOf(rows));
  rows.forEach((row, y) => [...row].forEach((letter, x) => { raster.data[x * rows.length + y] = letter === "#" ? 1 : 0; }));
  return raster;
}

const toRows = ({ width, height, data }) =>
  Array.from({ length: height }, (_, y) => Array.from({ length: width }, (__, x) => (data[x * height + y] ? "#" : ".")).join(""));

function maskOf(rows) {
  const { height, width } = sizeOf(rows);
  return rasters.toMask(fromRows(rows)) ?? masks.fromSpans([], { height, width });
}

for (const { name, rows, other, counts, area, bounds, union, difference } of fixture("masks")) {
  const mask = { size: [rows.length, rows[0].length], counts };

  test(`${name}: run lengths are pycocotools'`, () => {
    assert.equal(maskOf(rows).counts, counts);
    assert.equal(countsOf(runsOf(counts)), counts);
  });
  test(`${name}: read back, it is the same picture`, () => {
    const raster = rasters.createRaster(sizeOf(rows));
    rasters.load(raster, mask);
    assert.deepEqual(toRows(raster), rows);
  });
  test(`${name}: area and bounds are pycocotools'`, () => {
    assert.equal(masks.area(mask), area);
    assert.deepEqual(masks.bounds(mask), bounds);
  });
  test(`${name}: together with another, and without it`, () => {
    assert.equal(masks.union(mask, maskOf(other)).counts, union);
    assert.equal(masks.subtract(mask, maskOf(other)).counts, difference);
  });
  test(`${name}: what a point hits, and what is shown at each zoom`, () => {
    const raster = fromRows(rows);
    const { height, width } = raster;
    rows.forEach((row, y) => [...row].forEach((letter, x) => assert.equal(masks.contains(mask, [x + 0.5, y + 0.9]), letter === "#")));
    for (const [left, top, step] of [[0, 0, 1], [-1, -1, 1], [2, 1, 2], [-4, -4, 4]]) {
      const view = { left, top, step, across: Math.ceil(width / step) + 2, down: Math.ceil(height / step) + 2 };
      const expected = Array.from({ length: view.across * view.down }, (_, k) => {
        const [x, y] = [left + (k % view.across) * step, top + Math.floor(k / view.across) * step];
        return rows[y]?.[x] === "#" ? 1 : 0;
      });
      for (const [source, read] of [[mask, masks.sample], [raster, rasters.sample]]) {
        const target = new Uint8Array(view.across * view.down).fill(7);
        read(source, view, target);
        assert.deepEqual([...target], expected);
      }
    }
  });
}

for (const { name, polygon, size, counts } of fixture("filled")) {
  test(`${name} is filled as Python fills it`, () => {
    const raster = rasters.createRaster({ height: size[0], width: size[1] });
    const area = rasters.fillPolygon(raster, polygon, 1);
    const mask = rasters.toMask(raster);
    assert.equal(mask.counts, counts);
    const [x, y, w, h] = masks.bounds(mask);
    assert.deepEqual(area, { left: x, top: y, right: x + w, bottom: y + h });
  });
}

for (const counts of ["/", "~", "o", "ooooooooo0", "5O"]) {
  test(`“${counts}” is no mask, and said to be none`, () => assert.throws(() => runsOf(counts), Error));
}

test("a stroke paints the pixels whose centres lie within half its width of the way", () => {
  for (const [from, to, size] of [[[3, 4], [25.5, 12.2], 5], [[10, 10], [10, 10], 7.5], [[28, 2], [1, 18], 1.8], [[-3, 5], [40, 6], 4]]) {
    const raster = rasters.createRaster({ width: 32, height: 20 });
    rasters.stroke(raster, from, to, size, 1);
    const way = [to[0] - from[0], to[1] - from[1]];
    for (let x = 0; x < 32; x += 1) {
      for (let y = 0; y < 20; y += 1) {
        const rel = [x + 0.5 - from[0], y + 0.5 - from[1]];
        const t = Math.min(1, Math.max(0, (rel[0] * way[0] + rel[1] * way[1]) / (way[0] ** 2 + way[1] ** 2 || 1)));
        const away = Math.hypot(rel[0] - t * way[0], rel[1] - t * way[1]);
        if (Math.abs(away - size / 2) > 1e-9) assert.equal(raster.data[x * 20 + y], away < size / 2 ? 1 : 0, `${x} ${y}`);
      }
    }
  }
});

test("a brush of one pixel paints the pixel it is in, and a line without gaps", () => {
  const raster = rasters.createRaster({ width: 9, height: 9 });
  assert.deepEqual(rasters.stroke(raster, [4.99, 2.01], [4.99, 2.01], 1, 1), { left: 4, top: 2, right: 5, bottom: 3 });
  assert.deepEqual(masks.bounds(rasters.toMask(raster)), [4, 2, 1, 1]);
  rasters.stroke(raster, [0, 0], [8.5, 8.5], 1, 1);
  for (let i = 0; i < 9; i += 1) assert.equal(raster.data[i * 9 + i], 1);
});

test("erasing everything leaves no mask", () => {
  const raster = fromRows(["##.", ".#."]);
  rasters.stroke(raster, [0, 0], [3, 2], 9, 0);
  assert.equal(rasters.toMask(raster), null);
});

test("a gap is filled up to its edges, through sides and not through corners", () => {
  const raster = fromRows(["......", ".####.", ".#..#.", ".#.##.", ".##...", "......"]);
  assert.deepEqual(rasters.flood(raster, [2.5, 2.5], 18), { left: 2, top: 2, right: 4, bottom: 4 });
  assert.deepEqual(toRows(raster), ["......", ".####.", ".####.", ".####.", ".##...", "......"]);
});

test("what is larger than the limit is no gap, and nothing is filled", () => {
  const raster = fromRows(["......", ".####.", ".#..#.", ".####."]);
  const before = toRows(raster);
  assert.equal(rasters.flood(raster, [0, 0], 11), null);
  assert.equal(rasters.flood(raster, [1, 1], 11), null);
  assert.equal(rasters.flood(raster, [9, 1], 11), null);
  assert.deepEqual(toRows(raster), before);
});

test("a mask moves by whole pixels and loses what leaves the image", () => {
  const image = { width: 5, height: 4 };
  const mask = maskOf([".....", ".##..", ".##..", "....."]);
  assert.equal(masks.moved(mask, [1.2, -0.9], image).counts, maskOf(["..##.", "..##.", ".....", "....."]).counts);
  assert.equal(masks.moved(mask, [3, 2], image).counts, maskOf([".....", ".....", ".....", "....#"]).counts);
  assert.equal(masks.moved(mask, [9, 0], image), mask);
});

test("a column that runs into the next stays two columns when moved", () => {
  const mask = maskOf([".#...", ".#...", "##..."]);
  assert.equal(masks.moved(mask, [1, 1], { width: 5, height: 3 }).counts, maskOf([".....", "..#..", "..#.."]).counts);
});

test("a disc is as wide and as high as it is said to be", () => {
  const mask = masks.disc([10, 8], [8, 6], { width: 20, height: 16 });
  assert.deepEqual(masks.bounds(mask), [6, 5, 8, 6]);
});

test("a mask of 24 megapixels comes back as it was", () => {
  const raster = rasters.createRaster({ width: 6000, height: 4000 });
  for (let i = 0; i < 40; i += 1) rasters.stroke(raster, [i * 150, 100], [6000 - i * 150, 3900], 60, 1);
  const mask = rasters.toMask(raster);
  const again = rasters.createRaster(raster);
  rasters.load(again, mask);
  assert.equal(Buffer.compare(Buffer.from(raster.data.buffer), Buffer.from(again.data.buffer)), 0);
});
