// Rings: closed lists of [x, y] whose last joins the first. Whether they cross themselves or each other, as the server asks.

import { distanceToSegment, polygonContains } from "./polygons.js";

const TOUCH = 1e-9;

// Without neighbouring repetitions.
export function distinct(ring) {
  const kept = ring.filter(([x, y], i) => {
    const [bx, by] = ring[(i + ring.length - 1) % ring.length];
    return x !== bx || y !== by;
  });
  return kept.length ? kept : ring.slice(0, 1);
}

const side = ([ax, ay], [bx, by], [px, py]) => Math.sign((bx - ax) * (py - ay) - (by - ay) * (px - ax));

function between([ax, ay], [bx, by], [px, py]) {
  return px >= Math.min(ax, bx) && px <= Math.max(ax, bx) && py >= Math.min(ay, by) && py <= Math.max(ay, by);
}

// Whether two edges have a point in common; `strictly`: cross each other within both.
function meet([a, b], [c, d], strictly = false) {
  const [c1, c2, a1, a2] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (c1 * c2 < 0 && a1 * a2 < 0) return true;
  if (strictly) return false;
  return (c1 === 0 && between(a, b, c)) || (c2 === 0 && between(a, b, d)) || (a1 === 0 && between(c, d, a)) || (a2 === 0 && between(c, d, b));
}

// b is where an edge ends and the next goes straight back.
function turnsBack([ax, ay], [bx, by], [cx, cy]) {
  const cross = (bx - ax) * (cy - by) - (by - ay) * (cx - bx);
  return cross === 0 && (bx - ax) * (cx - bx) + (by - ay) * (cy - by) < 0;
}

const edgesOf = (ring) => ring.map((point, i) => [point, ring[(i + 1) % ring.length]]);
const left = ([[ax], [bx]]) => Math.min(ax, bx);
const right = ([[ax], [bx]]) => Math.max(ax, bx);

// Pairs of edges that share some x; few compared with all pairs, where the edges are short.
function* neighbours(edges) {
  const order = edges.map((edge, i) => i).sort((i, j) => left(edges[i]) - left(edges[j]));
  for (let at = 0; at < order.length; at += 1) {
    const end = right(edges[order[at]]);
    for (let next = at + 1; next < order.length && left(edges[order[next]]) <= end; next += 1) yield [order[at], order[next]];
  }
}

function crossPoint([[ax, ay], [bx, by]], [[cx, cy], [dx, dy]]) {
  const denominator = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx);
  if (!denominator) return [cx, cy];
  const t = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / denominator;
  return [ax + t * (bx - ax), ay + t * (by - ay)];
}

// A point near which the ring crosses or touches itself; null where it does neither.
export function crossing(given) {
  const ring = distinct(given);
  const count = ring.length;
  if (count < 3) return ring[0] ?? [0, 0];
  for (let i = 0; i < count; i += 1) {
    if (turnsBack(ring[i], ring[(i + 1) % count], ring[(i + 2) % count])) return ring[(i + 1) % count];
  }
  const edges = edgesOf(ring);
  for (const [i, j] of neighbours(edges)) {
    const apart = Math.abs(i - j);
    if (apart !== 1 && apart !== count - 1 && meet(edges[i], edges[j])) return crossPoint(edges[i], edges[j]);
  }
  return null;
}

// All points on one line: nothing can be inside.
export function isFlat(ring) {
  const [ax, ay] = ring[0];
  const [fx, fy] = ring.reduce((far, point) => (Math.hypot(point[0] - ax, point[1] - ay) > Math.hypot(far[0] - ax, far[1] - ay) ? point : far), ring[0]);
  const length = Math.hypot(fx - ax, fy - ay);
  return ring.every(([x, y]) => Math.abs((fx - ax) * (y - ay) - (fy - ay) * (x - ax)) <= 1e-12 * Math.max(1, length * length));
}

// Where a ring's corners and the middles of its edges lie as seen from another: inside, outside, or both.
function places(ring, other) {
  const spots = edgesOf(ring).flatMap(([a, b]) => [a, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]]);
  const edges = edgesOf(other);
  const off = spots.filter((spot) => edges.every(([a, b]) => distanceToSegment(spot, a, b) > TOUCH));
  const inside = off.filter((spot) => polygonContains([other], spot)).length;
  return { inside: inside > 0, outside: inside < off.length };
}

// Whether two rings are the same or overlap without one holding the other.
export function ringsCross(a, b) {
  const [first, second] = [edgesOf(distinct(a)), edgesOf(distinct(b))];
  const edges = [...first, ...second];
  for (const [i, j] of neighbours(edges)) {
    if (i < first.length !== j < first.length && meet(edges[i], edges[j], true)) return true;
  }
  const [seenA, seenB] = [places(distinct(a), distinct(b)), places(distinct(b), distinct(a))];
  if ((seenA.inside && seenA.outside) || (seenB.inside && seenB.outside)) return true;
  return !seenA.inside && !seenA.outside && !seenB.inside && !seenB.outside;
}

// The points that say as much as all of them, none of those left out farther off than the tolerance (Ramer, Douglas, Peucker).
export function simplified(points, tolerance) {
  const keep = new Set([0, points.length - 1]);
  const spans = [[0, points.length - 1]];
  while (spans.length) {
    const [from, to] = spans.pop();
    let [far, at] = [tolerance, -1];
    for (let i = from + 1; i < to; i += 1) {
      const away = distanceToSegment(points[i], points[from], points[to]);
      if (away > far) [far, at] = [away, i];
    }
    if (at < 0) continue;
    keep.add(at);
    spans.push([from, at], [at, to]);
  }
  return points.filter((_, i) => keep.has(i));
}
