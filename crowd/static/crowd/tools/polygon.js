// Polygons: an outline, with holes and further parts as rings of their own, told apart by which lies in which.

import * as paths from "../geometry/paths.js";
import { crossing } from "../geometry/rings.js";
import { geometryFaults } from "../labels/geometries.js";
import { register } from "./registry.js";
import { createTracing } from "./tracing.js";
import { gettext } from "../words.js";

const SIDES = 6;

function told(editor, ring) {
  const place = crossing(ring);
  if (place) editor.say(gettext("The outline crosses itself near ({place}). Move a point there, or remove it.", { place: place.map(Math.round).join(", ") }), "warn");
}

function drawing(editor) {
  return createTracing(editor, {
    closed: true,
    least: 3,
    noun: gettext("A polygon"),
    done(points) {
      if (!editor.offer({ polygon: [points] }, { crossed: crossing(points) !== null })) return false;
      told(editor, points);
      return true;
    },
  });
}

// One more ring of the selected polygon: within it a hole, beside it a further part.
function drawingRing(editor, index) {
  return createTracing(editor, {
    closed: true,
    least: 3,
    noun: gettext("A hole"),
    done(points) {
      const object = editor.document.objects[index];
      const next = { ...object, polygon: [...object.polygon, points] };
      const [fault] = geometryFaults("polygon", next, editor.classOf(object.label), editor.board.image);
      if (fault) {
        editor.say(fault, "warn");
        return false;
      }
      editor.changeObject(index, next);
      editor.pick();
      editor.select(index);
      return true;
    },
  });
}

const all = (rings) => rings.flat();

register({
  shape: "polygon",
  snaps: true,
  draw: drawing,
  drawRing: drawingRing,
  starter: ([x, y], [w, h], image) => [
    Array.from({ length: SIDES }, (_, i) => {
      const angle = (2 * Math.PI * i) / SIDES;
      return paths.insideImage([x + (w / 2) * Math.cos(angle), y + (h / 2) * Math.sin(angle)], image);
    }),
  ],
  handles: (rings, scale) => paths.handles(rings, { closed: true, scale }),
  moved: (rings, delta, image) => rings.map((ring) => paths.shifted(ring, paths.heldDelta(all(rings), delta, image))),
  grown: (rings, delta, image) => rings.map((ring) => paths.scaled(ring, all(rings), delta, image)),
  resized: paths.reshaped,
  removed: (rings, handle) => paths.withoutPoint(rings, handle, 3),
  added: (rings, handle) => paths.withPointAfter(rings, handle, true),
});
