// How far workers' drawings of one thing are apart, as shapes to draw. No DOM.

import { ellipseOutline } from "./turned.js";
import { boundsOf, outline, shapeOf } from "./outlines.js";
import * as masks from "./masks.js";
import { createRaster, fillPolygon } from "./rasters.js";

const DEVIATIONS = 2; // an ellipse holds about nine of ten points that scatter evenly
const FINEST = 96; // pixels of a vote map along its longer side
const STEPS = 24; // places along a line

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function interval(values) {
  return { low: Math.min(...values), middle: mean(values), high: Math.max(...values) };
}

// {left, top, right, bottom}: where each edge of the boxes lies, from the lowest to the highest, and on average.
export function edges(boxes) {
  return {
    left: interval(boxes.map(([x]) => x)),
    top: interval(boxes.map(([, y]) => y)),
    right: interval(boxes.map(([x, , w]) => x + w)),
    bottom: interval(boxes.map(([, y, , h]) => y + h)),
  };
}

// The bands between the lowest and the highest place of each edge, as boxes, each as long as the mean box's side.
export function bands(boxes) {
  const { left, top, right, bottom } = edges(boxes);
  const across = [left.middle, right.middle - left.middle];
  const down = [top.middle, bottom.middle - top.middle];
  return [
    ...[left, right].map(({ low, high }) => [low, down[0], high - low, down[1]]),
    ...[top, bottom].map(({ low, high }) => [across[0], low, across[1], high - low]),
  ];
}

// [cx, cy, rx, ry, degrees clockwise] of the points' mean and scatter; null for fewer than two.
export function scatter(points) {
  if (points.length < 2) return null;
  const [cx, cy] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const [a, b, c] = [[0, 0], [0, 1], [1, 1]].map(([i, j]) => mean(points.map((point) => (point[i] - [cx, cy][i]) * (point[j] - [cx, cy][j]))));
  const half = Math.hypot((a - c) / 2, b);
  const [long, short] = [(a + c) / 2 + half, Math.max((a + c) / 2 - half, 0)];
  return [cx, cy, DEVIATIONS * Math.sqrt(long), DEVIATIONS * Math.sqrt(short), (Math.atan2(2 * b, a - c) * 90) / Math.PI];
}

// One ellipse for each keypoint that two or more placed.
export function scatters(sets) {
  const count = Math.max(...sets.map((points) => points.length));
  return Array.from({ length: count }, (_, k) => scatter(sets.map((points) => points[k]).filter((point) => point?.[2] > 0))).filter(Boolean);
}

function along(points, share) {
  const lengths = points.slice(1).map(([x, y], i) => Math.hypot(x - points[i][0], y - points[i][1]));
  let left = share * lengths.reduce((sum, length) => sum + length, 0);
  for (const [i, length] of lengths.entries()) {
    if (left <= length && length > 0) {
      const [from, to] = [points[i], points[i + 1]];
      return [from[0] + ((to[0] - from[0]) * left) / length, from[1] + ((to[1] - from[1]) * left) / length];
    }
    left -= length;
  }
  return points.at(-1);
}

// The places along the mean of lines, each with how far the lines are from it on average: [[x, y, distance], …].
export function band(lines) {
  const [first, ...others] = lines.map((line) => Array.from({ length: STEPS + 1 }, (_, i) => along(line, i / STEPS)));
  const near = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  const turned = others.map((line) => (near(line[0], first[0]) + near(line.at(-1), first.at(-1)) > near(line[0], first.at(-1)) + near(line.at(-1), first[0]) ? [...line].reverse() : line));
  return first.map((_, i) => {
    const places = [first, ...turned].map((line) => line[i]);
    const at = [mean(places.map(([x]) => x)), mean(places.map(([, y]) => y))];
    return [...at, Math.sqrt(mean(places.map((place) => near(place, at) ** 2)))];
  });
}

function frameOf(objects) {
  const boxes = objects.map((object) => (object.mask ? masks.bounds(object.mask) : boundsOf(object))).filter(Boolean);
  if (!boxes.length) return null;
  const left = Math.floor(Math.min(...boxes.map(([x]) => x)));
  const top = Math.floor(Math.min(...boxes.map(([, y]) => y)));
  const right = Math.max(...boxes.map(([x, , w]) => x + w));
  const bottom = Math.max(...boxes.map(([, y, , h]) => y + h));
  const step = Math.max(1, Math.ceil(Math.max(right - left, bottom - top) / FINEST));
  return { left, top, step, across: Math.ceil((right - left) / step), down: Math.ceil((bottom - top) / step) };
}

function addTo(votes, object, frame) {
  const { left, top, step, across, down } = frame;
  if (object.mask) {
    const seen = new Uint8Array(across * down);
    masks.sample(object.mask, frame, seen);
    for (let i = 0; i < seen.length; i += 1) votes[i] += seen[i];
    return;
  }
  const raster = createRaster({ width: across, height: down });
  const rings = outline(object).filter(({ closed }) => closed).map(({ points }) => points.map(([x, y]) => [(x - left) / step, (y - top) / step]));
  if (object.cuboid) for (const face of rings) fillPolygon(raster, [face], 1); // faces overlap, and are no holes
  else fillPolygon(raster, rings, 1);
  for (let x = 0; x < across; x += 1) for (let y = 0; y < down; y += 1) votes[y * across + x] += raster.data[x * down + y];
}

// How many of `sets` of objects (one worker's each) cover each cell of a grid, row by row: {left, top, step, across,
// down, votes, most}; null where nothing is covered.
export function votes(sets) {
  const frame = frameOf(sets.flat());
  if (!frame) return null;
  const total = new Uint8Array(frame.across * frame.down);
  for (const objects of sets) {
    const own = new Uint8Array(total.length);
    for (const object of objects) addTo(own, object, frame);
    for (let i = 0; i < own.length; i += 1) total[i] += own[i] ? 1 : 0;
  }
  return { ...frame, votes: total, most: sets.length };
}

// What to draw of how far `sets` of objects of one thing are apart: {bands} | {ellipses} | {line} | {heat}; null for one.
export function spreadOf(sets) {
  if (sets.length < 2) return null;
  const ones = sets.map(([object]) => object);
  const shape = shapeOf(ones[0]);
  if (ones.some((object) => shapeOf(object) !== shape)) return null;
  if (shape === "box") return { bands: bands(ones.map(({ box }) => box)) };
  if (shape === "point") return { ellipses: [ellipseOutline(scatter(ones.map(({ point }) => point)))] };
  if (shape === "keypoints") return { ellipses: scatters(ones.map(({ keypoints }) => keypoints)).map((ellipse) => ellipseOutline(ellipse)) };
  if (shape === "polyline") return { line: band(ones.map(({ polyline }) => polyline)) };
  return { heat: votes(sets) };
}
