// What is turned about its centre: rotated boxes [cx, cy, w, h, degrees], ellipses [cx, cy, rx, ry, degrees]. Degrees run
// clockwise on the screen: with y pointing down a turn by t maps (x, y) to (x cos t − y sin t, x sin t + y cos t).

import { fromCorners } from "./boxes.js";
import { clamp, round } from "./numbers.js";

const REACH = 26; // screen pixels between a box and the handle that turns it
const STEP = 15; // degrees that a turn snaps to
const SIDES = { nw: [-1, -1], n: [0, -1], ne: [1, -1], e: [1, 0], se: [1, 1], s: [0, 1], sw: [-1, 1], w: [-1, 0] };

const radians = (degrees) => (degrees * Math.PI) / 180;

export function turned([cx, cy], degrees, offsets) {
  const [cos, sin] = [Math.cos(radians(degrees)), Math.sin(radians(degrees))];
  return offsets.map(([dx, dy]) => [cx + dx * cos - dy * sin, cy + dx * sin + dy * cos]);
}

// A point as seen from the centre, along the shape's own axes.
export function local([cx, cy, , , degrees], [px, py]) {
  const [cos, sin] = [Math.cos(radians(degrees)), Math.sin(radians(degrees))];
  const [dx, dy] = [px - cx, py - cy];
  return [dx * cos + dy * sin, dy * cos - dx * sin];
}

// −180 up to 180.
export function upright(degrees) {
  const within = ((((degrees + 180) % 360) + 360) % 360) - 180;
  return within === -180 ? 180 : within;
}

export function rounded([cx, cy, a, b, degrees]) {
  return [round(cx), round(cy), round(a), round(b), round(upright(degrees))];
}

export const boxOf = ([cx, cy, rx, ry, degrees]) => [cx, cy, 2 * rx, 2 * ry, degrees];
export const ellipseOf = ([cx, cy, w, h, degrees]) => [cx, cy, w / 2, h / 2, degrees];

// Clockwise from the corner that is left top before turning.
export function corners([cx, cy, w, h, degrees]) {
  const [a, b] = [w / 2, h / 2];
  return turned([cx, cy], degrees, [[-a, -b], [a, -b], [a, b], [-a, b]]);
}

export function ellipseOutline([cx, cy, rx, ry, degrees], steps = 64) {
  const offsets = Array.from({ length: steps }, (_, step) => {
    const angle = (2 * Math.PI * step) / steps;
    return [rx * Math.cos(angle), ry * Math.sin(angle)];
  });
  return turned([cx, cy], degrees, offsets);
}

export function ellipseBounds([cx, cy, rx, ry, degrees]) {
  const [cos, sin] = [Math.cos(radians(degrees)), Math.sin(radians(degrees))];
  const [w, h] = [Math.hypot(rx * cos, ry * sin), Math.hypot(rx * sin, ry * cos)];
  return [cx - w, cy - h, 2 * w, 2 * h];
}

export function ellipseContains(ellipse, point) {
  const [x, y] = local(ellipse, point);
  return (x / ellipse[2]) ** 2 + (y / ellipse[3]) ** 2 < 1;
}

// The box on the edge from a to b that reaches as far as the point.
export function fromEdge([ax, ay], [bx, by], [px, py]) {
  const length = Math.hypot(bx - ax, by - ay);
  if (!length) return rounded([ax, ay, 0, 0, 0]);
  const [nx, ny] = [-(by - ay) / length, (bx - ax) / length];
  const depth = (px - ax) * nx + (py - ay) * ny;
  const degrees = (Math.atan2(by - ay, bx - ax) * 180) / Math.PI;
  return rounded([(ax + bx + nx * depth) / 2, (ay + by + ny * depth) / 2, length, Math.abs(depth), degrees]);
}

// {name: point}: corners and sides, and `turn` on a stem above the box.
export function handles([cx, cy, w, h, degrees], scale = 1, names = Object.keys(SIDES)) {
  const offsets = names.map((name) => [(SIDES[name][0] * w) / 2, (SIDES[name][1] * h) / 2]);
  const points = turned([cx, cy], degrees, [...offsets, [0, -h / 2 - REACH / scale]]);
  return Object.fromEntries([...names, "turn"].map((name, i) => [name, points[i]]));
}

// One handle dragged to a point, the opposite side staying; `turn` turns the box, by whole steps where `steady`.
export function resized(box, handle, point, { steady = false } = {}) {
  const [cx, cy, w, h, degrees] = box;
  if (handle === "turn") {
    const free = (Math.atan2(point[1] - cy, point[0] - cx) * 180) / Math.PI + 90;
    return rounded([cx, cy, w, h, steady ? Math.round(free / STEP) * STEP : free]);
  }
  const [x, y] = local(box, point);
  const [across, down] = SIDES[handle];
  const xs = across ? [(-across * w) / 2, x] : [-w / 2, w / 2];
  const ys = down ? [(-down * h) / 2, y] : [-h / 2, h / 2];
  const [left, top, width, height] = fromCorners([xs[0], ys[0]], [xs[1], ys[1]]);
  const [centre] = turned([cx, cy], degrees, [[left + width / 2, top + height / 2]]);
  return rounded([...centre, width, height, degrees]);
}

// Moved whole; no more than a quarter of it hangs out of the image, as the server asks.
export function moved([cx, cy, ...rest], [dx, dy], [, , w, h], { width, height }) {
  const held = (value, side, extent) => (side / 2 < extent / 4 ? side / 2 : clamp(value, extent / 4, side - extent / 4));
  return rounded([held(cx + dx, width, w), held(cy + dy, height, h), ...rest]);
}
