// Rings are lists of [x, y]; a polygon is a list of rings under the even-odd rule: a ring in a ring is a hole, one in that an island.

export function ringArea(ring) {
  const [ox, oy] = ring[0]; // keeps the products small, and so exact, far from the origin
  let twice = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    twice += (ring[j][0] - ox) * (ring[i][1] - oy) - (ring[i][0] - ox) * (ring[j][1] - oy);
  }
  return Math.abs(twice) / 2;
}

// How many of the other rings a ring lies in, asked of one of its edges' middles: its corners may touch them.
function depth(ring, index, rings) {
  const [[ax, ay], [bx, by]] = ring;
  const middle = [(ax + bx) / 2, (ay + by) / 2];
  return rings.filter((other, i) => i !== index && polygonContains([other], middle)).length;
}

// [{outer, holes: [index, …]}], in the order of the outer rings; a hole belongs to the smallest ring around it.
export function parts(rings) {
  const middles = rings.map(([[ax, ay], [bx, by]]) => [(ax + bx) / 2, (ay + by) / 2]);
  const around = rings.map((_, i) => rings.flatMap((other, j) => (j !== i && polygonContains([other], middles[i]) ? [j] : [])));
  const found = rings.flatMap((_, i) => (around[i].length % 2 ? [] : [{ outer: i, holes: [] }]));
  rings.forEach((_, i) => {
    if (around[i].length % 2 === 0) return;
    const parent = around[i].reduce((best, j) => (around[j].length > around[best].length ? j : best));
    found.find((part) => part.outer === parent).holes.push(i);
  });
  return found;
}

export function polygonArea(rings) {
  return rings.reduce((area, ring, i) => area + (depth(ring, i, rings) % 2 ? -1 : 1) * ringArea(ring), 0);
}

export function polygonContains(rings, [px, py]) {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      const [[ax, ay], [bx, by]] = [ring[i], ring[j]];
      if (ay > py !== by > py && px < ((bx - ax) * (py - ay)) / (by - ay) + ax) inside = !inside;
    }
  }
  return inside;
}

export function distanceToSegment([px, py], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / length));
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}

export function distanceToPath(point, points, closed) {
  if (points.length === 1) return Math.hypot(point[0] - points[0][0], point[1] - points[0][1]);
  let nearest = Infinity;
  for (let i = closed ? 0 : 1; i < points.length; i += 1) {
    const before = points[(i + points.length - 1) % points.length];
    nearest = Math.min(nearest, distanceToSegment(point, before, points[i]));
  }
  return nearest;
}

export function bounds(points) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
  }
  return [left, top, right - left, bottom - top];
}
