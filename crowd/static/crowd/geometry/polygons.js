// Rings are lists of [x, y]; a polygon is a list of rings under the even-odd rule: a ring in a ring is a hole, one in that an island.

export function ringArea(ring) {
  let twice = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    twice += ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
  }
  return Math.abs(twice) / 2;
}

// How many of the other rings a ring lies in, asked of one of its edges' middles: its corners may touch them.
function depth(ring, index, rings) {
  const [[ax, ay], [bx, by]] = ring;
  const middle = [(ax + bx) / 2, (ay + by) / 2];
  return rings.filter((other, i) => i !== index && polygonContains([other], middle)).length;
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
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return [left, top, Math.max(...xs) - left, Math.max(...ys) - top];
}
