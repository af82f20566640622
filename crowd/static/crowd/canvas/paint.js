// Objects on a canvas context that is scaled to image pixels; widths are in screen pixels, whatever the zoom.

import { paintMask } from "./paint-masks.js";
import { bones } from "../geometry/keypoints.js";
import { outline } from "../geometry/outlines.js";

const HANDLE = window.matchMedia("(pointer: coarse)").matches ? 7 : 4.5;
const DOT = 4;
const EDGE = "rgb(0 0 0 / 45%)"; // a dark edge, so that any colour is seen on any picture
// Line patterns in screen pixels: where there are more classes than colours, the colours come again with the next pattern.
const PATTERNS = [[], [12, 5], [10, 4, 2, 4]];
const PROPOSED = [2, 4];

const DARK = window.matchMedia("(prefers-color-scheme: dark)");
const read = { theme: "", tones: new Map() }; // asking the style sheet for each of a thousand objects takes longer than painting them

// A theme's colour for a label: the owner's own, else one of eight that colour-blind people can tell apart.
export function colourOf(item) {
  if (item?.color && /^#[0-9a-f]{3,8}$/i.test(item.color)) return item.color;
  const theme = `${document.documentElement.dataset.theme} ${DARK.matches}`;
  if (read.theme !== theme) Object.assign(read, { theme, tones: new Map() });
  const tone = item?.tone ?? 1;
  if (!read.tones.has(tone)) read.tones.set(tone, getComputedStyle(document.documentElement).getPropertyValue(`--label-${tone}`).trim() || "#0072b2");
  return read.tones.get(tone);
}

function trace(ctx, path) {
  ctx.beginPath();
  path.points.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  if (path.closed) ctx.closePath();
}

function fill(ctx, paths, colour, opacity) {
  const rings = paths.filter((path) => path.closed);
  if (!rings.length) return;
  ctx.beginPath();
  for (const { points } of rings) {
    points.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
    ctx.closePath();
  }
  const before = ctx.globalAlpha; // of a whole layer
  ctx.globalAlpha = before * opacity;
  ctx.fillStyle = colour;
  ctx.fill("evenodd");
  ctx.globalAlpha = before;
}

function dot(ctx, [x, y], scale, colour, { hollow = false, size = DOT } = {}) {
  ctx.beginPath();
  ctx.arc(x, y, size / scale, 0, 2 * Math.PI);
  ctx.fillStyle = hollow ? "#fff" : colour;
  ctx.fill();
  ctx.lineWidth = (hollow ? 2.25 : 1.5) / scale;
  ctx.strokeStyle = hollow ? colour : "#fff";
  ctx.stroke();
}

// The path just traced, or a given one, in a colour over a dark edge.
function line(ctx, scale, colour, { width, dash = [], path = null }) {
  const stroke = () => (path ? ctx.stroke(path) : ctx.stroke());
  ctx.lineJoin = "round";
  ctx.lineCap = "butt";
  ctx.lineWidth = (width + 1.75) / scale;
  ctx.strokeStyle = EDGE;
  stroke();
  ctx.setLineDash(dash.map((length) => length / scale));
  ctx.lineWidth = width / scale;
  ctx.strokeStyle = colour;
  stroke();
  ctx.setLineDash([]);
}

const dashOf = ({ dashed = false, pattern = 0 }) => (dashed ? [7, 5] : PATTERNS[pattern % PATTERNS.length]);
const widthOf = ({ selected = false }) => (selected ? 2.5 : 1.75);

// A path in the style of an object.
export function paintPath(ctx, scale, path, style) {
  line(ctx, scale, style.colour, { width: widthOf(style), dash: dashOf(style), path });
}

// `pattern` tells apart classes of one colour; `proposed` is what a machine drew and nobody has looked at.
export function paintObject(ctx, scale, object, options) {
  const { colour, selected = false, opacity = 0.14, proposed = false, skeleton = null } = options;
  if (object.mask) return paintMask(ctx, object.mask, { colour, selected, faint: opacity < 0.1 || proposed });
  const paths = outline(object);
  const dash = proposed ? PROPOSED : dashOf(options);
  const width = widthOf(options);
  const filled = object.cuboid ? paths.slice(0, 1) : paths; // of a cuboid the front face: it shows which one that is
  fill(ctx, filled, colour, proposed ? opacity / 3 : selected ? opacity + 0.1 : opacity);
  if (object.keypoints) {
    for (const points of bones(object.keypoints, skeleton)) {
      trace(ctx, { points, closed: false });
      line(ctx, scale, colour, { width, dash });
    }
    for (const point of object.keypoints) if (point[2] > 0) dot(ctx, point, scale, colour, { hollow: point[2] === 1, size: selected ? HANDLE + 1 : DOT });
    return;
  }
  for (const path of paths) {
    if (path.points.length === 1) dot(ctx, path.points[0], scale, colour, { size: selected ? DOT + 1.5 : DOT });
    else {
      trace(ctx, path);
      line(ctx, scale, colour, { width, dash });
    }
  }
}

// What is being traced: its points, and where it would go on.
export function paintTrace(ctx, scale, points, ahead, { colour, closed }) {
  const all = [...points, ...ahead];
  fill(ctx, closed ? [{ points: all, closed: true }] : [], colour, 0.12);
  trace(ctx, { points: all, closed: false });
  line(ctx, scale, colour, { width: 2.25 });
  if (closed) {
    ctx.beginPath();
    ctx.moveTo(...all.at(-1));
    ctx.lineTo(...all[0]);
    ctx.setLineDash([4 / scale, 4 / scale]);
    ctx.lineWidth = 1.25 / scale;
    ctx.strokeStyle = colour;
    ctx.stroke();
    ctx.setLineDash([]);
  }
  points.forEach((point, i) => dot(ctx, point, scale, colour, { hollow: i === 0, size: i === 0 ? DOT + 1.5 : DOT - 1 }));
}

// Where a point snaps to: a ring for a corner, a diamond for an edge.
export function paintSnap(ctx, scale, { point: [x, y], to }) {
  const r = 8 / scale;
  ctx.beginPath();
  if (to === "corner") ctx.arc(x, y, r, 0, 2 * Math.PI);
  else [[0, -r], [r, 0], [0, r], [-r, 0]].forEach(([dx, dy], i) => (i ? ctx.lineTo(x + dx, y + dy) : ctx.moveTo(x + dx, y + dy)));
  ctx.closePath();
  line(ctx, scale, "#fff", { width: 2 });
}

function square(ctx, [x, y], r) {
  ctx.beginPath();
  ctx.rect(x - r, y - r, 2 * r, 2 * r);
}

function disc(ctx, [x, y], r) {
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 2 * Math.PI);
}

// {name: point}: squares; small discs in the middle of edges, where a drag adds a point; the turning handle on a stem.
export function paintHandles(ctx, scale, handles, { colour, taken = null }) {
  ctx.lineWidth = 1.75 / scale;
  if (handles.turn) {
    ctx.beginPath();
    ctx.moveTo(...handles.n);
    ctx.lineTo(...handles.turn);
    line(ctx, scale, colour, { width: 1.5 });
    ctx.lineWidth = 1.75 / scale;
  }
  for (const [name, at] of Object.entries(handles)) {
    const adds = name.startsWith("m");
    const round = adds || ["turn", "front", "back"].includes(name);
    (round ? disc : square)(ctx, at, (adds ? HANDLE * 0.7 : name === taken ? HANDLE * 1.3 : HANDLE) / scale);
    ctx.globalAlpha = adds ? 0.75 : 1;
    ctx.fillStyle = name === taken ? colour : "#fff";
    ctx.strokeStyle = name === taken ? "#fff" : colour;
    ctx.fill();
    ctx.stroke();
    ctx.globalAlpha = 1;
  }
}

export function paintTag(ctx, scale, [x, y], text, colour) {
  const size = 11 / scale;
  ctx.font = `600 ${size}px system-ui, sans-serif`;
  const width = ctx.measureText(text).width + 8 / scale;
  const height = 16 / scale;
  ctx.fillStyle = colour;
  ctx.fillRect(x, y - height, width, height);
  ctx.fillStyle = inkOn(colour);
  ctx.textBaseline = "middle";
  ctx.fillText(text, x + 4 / scale, y - height / 2);
}

// Black or white, whichever contrasts more (WCAG relative luminance).
function inkOn(colour) {
  const hex = colour.length === 4 ? [...colour.slice(1)].map((c) => c + c).join("") : colour.slice(1, 7);
  const [r, g, b] = [0, 2, 4].map((i) => {
    const value = parseInt(hex.slice(i, i + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#111" : "#fff";
}

export function paintCross(ctx, scale, [x, y], { width, height }) {
  ctx.lineWidth = 1 / scale;
  for (const [style, dash] of [["rgb(0 0 0 / 55%)", []], ["rgb(255 255 255 / 85%)", [4 / scale, 4 / scale]]]) {
    ctx.setLineDash(dash);
    ctx.strokeStyle = style;
    ctx.beginPath();
    ctx.moveTo(0, y);
    ctx.lineTo(width, y);
    ctx.moveTo(x, 0);
    ctx.lineTo(x, height);
    ctx.stroke();
  }
  ctx.setLineDash([]);
}
