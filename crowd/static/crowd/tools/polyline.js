// Polylines: as polygons, but open.

import * as paths from "../geometry/paths.js";
import { register } from "./registry.js";
import { createTracing } from "./tracing.js";
import { gettext } from "../words.js";

register({
  shape: "polyline",
  snaps: true,
  draw: (editor) =>
    createTracing(editor, { closed: false, least: 2, noun: gettext("A line"), done: (points) => editor.offer({ polyline: points }) }),
  starter: ([x, y], [w], image) => [[x - w / 2, y], [x, y], [x + w / 2, y]].map((point) => paths.insideImage(point, image)),
  handles: (points, scale) => paths.handles([points], { closed: false, scale }),
  moved: (points, delta, image) => paths.shifted(points, paths.heldDelta(points, delta, image)),
  grown: (points, delta, image) => paths.scaled(points, points, delta, image),
  resized: (points, handle, point, image) => paths.reshaped([points], handle, point, image)[0],
  removed: (points, handle) => paths.withoutPoint([points], handle, 2)?.[0] ?? null,
  added(points, handle) {
    const next = paths.withPointAfter([points], handle, false);
    return next && { ...next, rings: next.rings[0] };
  },
});
