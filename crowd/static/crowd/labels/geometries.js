// Whether one object's geometry is sound: the server's rules (crowd/labels/geometries.py), in words to act on. Masks are
// made of pixels by the page itself; of them only the server's check is needed.

import { areaOf, boundsOf } from "../geometry/outlines.js";
import { polygonArea } from "../geometry/polygons.js";
import { crossing, isFlat, ringsCross } from "../geometry/rings.js";
import { gettext } from "../words.js";

const TOLERANCE = 1; // pixels that a coordinate may lie beyond the image's edge
const OVERHANG = 0.25; // of its own size that what cannot bend along the edge may hang over
const LEAST_AREA = 1e-6;
const MOST_POINTS = 20_000; // in one ring or line
const OUTSIDE = gettext("A point lies out of the image. Move it inside.");
const FLAT = gettext("It has no area. Draw it larger, or delete it.");

const near = ([x, y]) => `(${Math.round(x)}, ${Math.round(y)})`;

function isInside([x, y], { width, height }) {
  return x >= -TOLERANCE && y >= -TOLERANCE && x <= width + TOLERANCE && y <= height + TOLERANCE;
}

function pointsFaults(points, least, image, what) {
  if (points.length < least) return [gettext("{what} needs at least {least} points; it has {n}.", { what, least, n: points.length })];
  if (points.length > MOST_POINTS) return [gettext("{what} may have at most {most} points; it has {n}.", { what, most: MOST_POINTS, n: points.length })];
  return points.every((point) => isInside(point, image)) ? [] : [OUTSIDE];
}

function boundsFaults(object, image, overhang) {
  const [x, y, w, h] = boundsOf(object);
  const out = [[x, w, image.width], [y, h, image.height]].some(([low, extent, side]) => {
    const slack = TOLERANCE + overhang * extent;
    const middle = low + extent / 2;
    return low < -slack || low + extent > side + slack || middle < -TOLERANCE || middle > side + TOLERANCE;
  });
  return out ? [gettext("It reaches too far out of the image. Move it inside, or make it smaller.")] : [];
}

function sideFaults(object, a, b, image, overhang) {
  return Math.min(a, b) > 0 && a * b > LEAST_AREA ? boundsFaults(object, image, overhang) : [FLAT];
}

function ringFaults(ring, image) {
  const found = pointsFaults(ring, 3, image, gettext("An outline"));
  if (found.length) return found;
  const place = crossing(ring);
  if (isFlat(ring) || (!place && polygonArea([ring]) <= LEAST_AREA)) return [FLAT];
  return place ? [gettext("The outline crosses or touches itself near {place}. Move a point there, or remove it.", { place: near(place) })] : [];
}

function polygonFaults(rings, image) {
  const found = rings.flatMap((ring) => ringFaults(ring, image));
  if (found.length || rings.length === 1) return found;
  const cross = rings.some((ring, i) => rings.slice(i + 1).some((other) => ringsCross(ring, other)));
  if (cross) return [gettext("Two of its outlines cross. A hole lies within its shape, a further part beside it.")];
  return polygonArea(rings) <= LEAST_AREA ? [FLAT] : [];
}

function keypointFaults(points, item, image) {
  const count = item?.keypoints?.length ?? points.length;
  if (points.length !== count) return [gettext("It needs {count} keypoints; it has {n}. Draw it again.", { count, n: points.length })];
  const placed = points.filter(([, , v]) => v > 0);
  if (!placed.length) return [gettext("None of its points is placed. Place at least one, or delete it.")];
  return placed.every((point) => isInside(point, image)) ? [] : [OUTSIDE];
}

function cuboidFaults(object, image) {
  const corners = object.cuboid;
  if (areaOf(object) <= LEAST_AREA) return [FLAT];
  const faces = [["front", corners.slice(0, 4)], ["back", corners.slice(4)]];
  const twisted = faces.filter(([, face]) => crossing(face) && !isFlat(face));
  return [
    ...twisted.map(([name]) => name === "front" ? gettext("The front face crosses itself. Move one of its corners back.") : gettext("The back face crosses itself. Move one of its corners back.")),
    ...boundsFaults(object, image, OVERHANG),
  ];
}

const RULES = {
  box: (object, item, image) => sideFaults(object, object.box[2], object.box[3], image, 0),
  rotated_box: (object, item, image) => sideFaults(object, object.rotated_box[2], object.rotated_box[3], image, OVERHANG),
  ellipse: (object, item, image) => sideFaults(object, object.ellipse[2], object.ellipse[3], image, OVERHANG),
  polygon: ({ polygon }, item, image) => polygonFaults(polygon, image),
  point: ({ point }, item, image) => (isInside(point, image) ? [] : [OUTSIDE]),
  keypoints: ({ keypoints }, item, image) => keypointFaults(keypoints, item, image),
  cuboid: (object, item, image) => cuboidFaults(object, image),
  polyline({ polyline }, item, image) {
    const found = pointsFaults(polyline, 2, image, "A line");
    if (found.length) return found;
    const [[x, y]] = polyline;
    return polyline.some(([px, py]) => px !== x || py !== y) ? [] : [gettext("The line has no length. Draw it longer, or delete it.")];
  },
};

// The pixels that `min_side` is compared with.
export function shorterSide(shape, object) {
  if (shape === "ellipse") return 2 * Math.min(object.ellipse[2], object.ellipse[3]);
  if (shape === "box" || shape === "rotated_box") return Math.min(object[shape][2], object[shape][3]);
  const box = boundsOf(object);
  return box ? Math.min(box[2], box[3]) : Infinity;
}

export function sizeFaults(shape, object, item) {
  const least = item?.min_side ?? 0;
  if (!(least > 0) || shorterSide(shape, object) >= least) return [];
  if (shape === "box" || shape === "rotated_box") return [gettext("Too small: each side must be at least {least} pixels.", { least })];
  return [gettext("Too small: it must measure at least {least} pixels across.", { least })];
}

// Sentences; none where it is sound.
export function geometryFaults(shape, object, item, image) {
  const found = RULES[shape]?.(object, item, image) ?? [];
  return found.length ? found : sizeFaults(shape, object, item);
}
