// A class's mark: its shape in its colour and line pattern, over a dark edge that shows on any page.

import { svg } from "./dom.js";

const MARKS = {
  box: "M2.5 3.5h11v9h-11z",
  rotated_box: "M6 1.8L14.2 7 10 14.2 1.8 9z",
  polygon: "M3 6l6-4 5 5-3 7-7-1z",
  polyline: "M1.8 12.5L6 5l4 5 4.2-7",
  ellipse: "M1.5 8a6.5 4.6 0 1013 0 6.5 4.6 0 10-13 0z",
  point: "M5 8a3 3 0 106 0 3 3 0 10-6 0z",
  keypoints: "M8 3v5M8 8l-5 5M8 8l5 5M6.5 3a1.5 1.5 0 103 0 1.5 1.5 0 10-3 0z",
  mask: "M3 9c-2-4 2-7 5-6s7 1 6 5-3 6-6 5-4-1-5-4z",
  cuboid: "M2 6h8v8H2zM6 2h8v8M2 6l4-4M10 6l4-4M10 14l4-4",
};
const DASHES = [null, "3.5 1.5", "3 1.2 1 1.2"];
const OPEN = new Set(["polyline", "keypoints"]);

export function mark(item, colour, { proposed = false } = {}) {
  const path = MARKS[item?.shape] ?? MARKS.box;
  const dash = proposed ? "1.2 1.4" : DASHES[(item?.pattern ?? 0) % DASHES.length];
  const fill = OPEN.has(item?.shape) ? "none" : colour;
  const under = svg("path", { d: path, fill: "none", stroke: "#0007", "stroke-width": 2.9, "stroke-linejoin": "round" });
  const over = svg("path", {
    d: path, fill, "fill-opacity": item?.shape === "point" ? 1 : 0.3, stroke: colour, "stroke-width": 1.9, "stroke-linejoin": "round",
    ...(dash ? { "stroke-dasharray": dash } : {}),
  });
  return svg("svg", { class: "mark", viewBox: "0 0 16 16", "aria-hidden": "true" }, under, over);
}
