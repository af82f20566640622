// Where a point snaps to: a corner of another object within reach, else the nearest place on one of its edges.

import { distance } from "./numbers.js";
import { boundsOf, outline } from "./outlines.js";
import { contains } from "./boxes.js";

function nearestOn([px, py], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / length));
  return [ax + t * dx, ay + t * dy];
}

function* edges({ points, closed }) {
  for (let i = closed ? 0 : 1; i < points.length; i += 1) yield [points[(i + points.length - 1) % points.length], points[i]];
}

// {point, to: "corner" | "edge"}, or null where nothing is within reach.
export function snapTarget(point, objects, reach, except = -1) {
  let corner = { away: reach, at: null };
  let edge = { away: reach, at: null };
  objects.forEach((object, index) => {
    const box = index === except ? null : boundsOf(object);
    if (!box || !contains(box, point, reach)) return;
    for (const path of outline(object)) {
      for (const at of path.points) if (distance(at, point) <= corner.away) corner = { away: distance(at, point), at };
      for (const [a, b] of edges(path)) {
        const at = nearestOn(point, a, b);
        if (distance(at, point) <= edge.away) edge = { away: distance(at, point), at };
      }
    }
  });
  if (corner.at) return { point: corner.at.slice(0, 2), to: "corner" };
  return edge.at ? { point: edge.at, to: "edge" } : null;
}
