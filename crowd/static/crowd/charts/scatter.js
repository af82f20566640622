// Points with their uncertainty, against a diagonal or a line; a point that has an address leads there.

import { axis } from "./course.js";
import { number, percent } from "./format.js";

const TONES = { paused: "warn", banned: "bad", second: "second" };

export function scatter(spec, colour) {
  const points = [...spec.points].sort((a, b) => a.x - b.x);
  const write = spec.diagonal ? percent : number;
  const right = spec.diagonal ? 1 : 1.1 * Math.max(...points.map((point) => point.x), 0.1);
  const data = [points.map((point) => point.x), points.map((point) => point.y)];
  const options = {
    series: [
      { label: spec.x, value: (_, value) => write(value) },
      { label: spec.y, value: (_, value, __, at) => (at == null ? "–" : told(points[at])), stroke: colour.line, paths: () => null, points: { show: false } },
    ],
    legend: { live: true },
    cursor: { drag: { x: false, y: false }, points: { size: 12 } },
    scales: { x: { time: false, range: [0, right] }, y: { range: [0, 1] } },
    axes: [axis(colour, { values: (_, ticks) => ticks.map(write), label: spec.x, labelFont: colour.font, labelSize: 22 }), axis(colour, { values: (_, ticks) => ticks.map(percent), size: 56 })],
    hooks: { draw: [(plot) => paint(plot, spec, points, colour)], ready: [(plot) => lead(plot, points)] },
  };
  return { options, data };
}

function told(point) {
  const range = `${percent(point.y)} (${percent(point.low)} to ${percent(point.high)})`;
  return point.name ? `${point.name}: ${range}` : range;
}

function paint(plot, spec, points, colour) {
  const { ctx, bbox } = plot;
  const ratio = window.devicePixelRatio || 1;
  const x = (value) => plot.valToPos(value, "x", true);
  const y = (value) => plot.valToPos(value, "y", true);
  ctx.save();
  ctx.lineWidth = ratio;
  ctx.strokeStyle = colour.quiet;
  ctx.setLineDash([4 * ratio, 4 * ratio]);
  ctx.beginPath();
  if (spec.diagonal) {
    ctx.moveTo(x(0), y(0));
    ctx.lineTo(x(1), y(1));
  } else if (spec.line != null) {
    ctx.moveTo(bbox.left, y(spec.line));
    ctx.lineTo(bbox.left + bbox.width, y(spec.line));
  }
  ctx.stroke();
  ctx.setLineDash([]);
  for (const point of points) {
    const tone = colour[TONES[point.tone] ?? "line"];
    ctx.strokeStyle = ctx.fillStyle = tone;
    ctx.lineWidth = 1.5 * ratio;
    ctx.globalAlpha = 0.5;
    ctx.beginPath();
    ctx.moveTo(x(point.x), y(point.low));
    ctx.lineTo(x(point.x), y(point.high));
    ctx.stroke();
    ctx.globalAlpha = 1;
    shape(ctx, point.tone, x(point.x), y(point.y), 4.5 * ratio);
  }
  ctx.restore();
}

// Standing is told by shape as well as by colour.
function shape(ctx, tone, x, y, size) {
  ctx.beginPath();
  if (tone === "banned") ctx.rect(x - size, y - size, 2 * size, 2 * size);
  else if (tone === "paused") {
    ctx.moveTo(x, y - 1.3 * size);
    ctx.lineTo(x + 1.2 * size, y + size);
    ctx.lineTo(x - 1.2 * size, y + size);
  } else ctx.arc(x, y, size, 0, 2 * Math.PI);
  ctx.fill();
}

function lead(plot, points) {
  plot.over.addEventListener("click", () => {
    const url = points[plot.cursor.idx]?.url;
    if (url) window.location.assign(url);
  });
}
