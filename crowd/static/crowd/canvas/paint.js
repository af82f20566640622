// Objects on a canvas context that is scaled to image pixels; widths are in screen pixels, whatever the zoom.

import { outline } from "../geometry/outlines.js";

const HANDLE = 4.5;
const DOT = 4;

// A theme's colour for a label: the owner's own, else one of eight that colour-blind people can tell apart.
export function colourOf(item) {
  if (item?.color && /^#[0-9a-f]{3,8}$/i.test(item.color)) return item.color;
  const style = getComputedStyle(document.documentElement);
  return style.getPropertyValue(`--label-${item?.tone ?? 1}`).trim() || "#0072b2";
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
  ctx.globalAlpha = opacity;
  ctx.fillStyle = colour;
  ctx.fill("evenodd");
  ctx.globalAlpha = 1;
}

function dot(ctx, [x, y], scale, colour) {
  ctx.beginPath();
  ctx.arc(x, y, DOT / scale, 0, 2 * Math.PI);
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.lineWidth = 1.5 / scale;
  ctx.strokeStyle = "#fff";
  ctx.stroke();
}

export function paintObject(ctx, scale, object, { colour, selected = false, dashed = false, opacity = 0.14 }) {
  const paths = outline(object);
  fill(ctx, paths, colour, selected ? opacity + 0.1 : opacity);
  for (const path of paths) {
    if (path.points.length === 1) {
      dot(ctx, path.points[0], scale, colour);
      continue;
    }
    trace(ctx, path);
    ctx.lineJoin = "round";
    ctx.lineWidth = (selected ? 4.5 : 3.5) / scale; // a dark edge, so that any colour is seen on any picture
    ctx.strokeStyle = "rgb(0 0 0 / 45%)";
    ctx.stroke();
    ctx.setLineDash(dashed ? [7 / scale, 5 / scale] : []);
    ctx.lineWidth = (selected ? 2.5 : 1.75) / scale;
    ctx.strokeStyle = colour;
    ctx.stroke();
    ctx.setLineDash([]);
  }
}

export function paintHandles(ctx, scale, points, colour) {
  for (const [x, y] of points) {
    const r = HANDLE / scale;
    ctx.fillStyle = "#fff";
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.75 / scale;
    ctx.beginPath();
    ctx.rect(x - r, y - r, 2 * r, 2 * r);
    ctx.fill();
    ctx.stroke();
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
