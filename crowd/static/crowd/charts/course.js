// A course over time: lines, a band of uncertainty, marks where something changed.

import { faded, moment, when, writer } from "./format.js";

const STYLES = {
  line: { width: 2 },
  quiet: { width: 1.5, dash: [2, 3] },
  dashed: { width: 2, dash: [6, 4] },
  faint: { width: 1, dash: [6, 4] },
  second: { width: 2 },
  bars: { width: 0 },
};

export function course(spec, colour) {
  const write = writer(spec.unit);
  const single = spec.times.length === 1;
  const data = [spec.times, ...spec.series.map((one) => one.values)];
  const series = [{ label: "When", value: (_, at) => moment(at) }, ...spec.series.map((one) => line(one, colour, write, single))];
  const bands = [];
  if (spec.band) {
    data.push(spec.band.high, spec.band.low);
    series.push({ label: "At most", value: (_, v) => write(v), stroke: "transparent", points: { show: false } });
    series.push({ label: "At least", value: (_, v) => write(v), stroke: "transparent", points: { show: false } });
    bands.push({ series: [series.length - 2, series.length - 1], fill: faded(colour.line, 0.2) });
  }
  const options = {
    series,
    bands,
    legend: { live: true },
    cursor: { drag: { x: false, y: false } },
    scales: { x: { time: true, range: () => (single ? [spec.times[0] - 60, spec.times[0] + 60] : [spec.times[0], spec.times.at(-1)]) }, y: { range: (_, low, high) => [spec.bottom ?? Math.min(0, low), spec.top ?? Math.max(high * 1.05, 1)] } },
    axes: [axis(colour, { space: 80, values: (_, ticks, __, ___, apart) => ticks.map((at) => when(at, apart)) }), axis(colour, { values: (_, ticks) => ticks.map(write), size: 56 })],
    hooks: { draw: [(plot) => mark(plot, spec.marks ?? [], colour)] },
  };
  return { options, data };
}

function line(one, colour, write, single) {
  const stroke = { quiet: colour.quiet, second: colour.second }[one.style] ?? colour.line;
  const style = { label: one.name, stroke, value: (_, v) => write(v), spanGaps: true, ...STYLES[one.style], points: { show: single, size: 8, fill: stroke } };
  if (one.style === "bars") return { ...style, fill: faded(colour.line, 0.6), paths: window.uPlot.paths.bars({ size: [0.8, 40] }), points: { show: false } };
  return style;
}

export function axis(colour, more = {}) {
  return { stroke: colour.text, font: colour.font, grid: { stroke: colour.grid, width: 1 }, ticks: { stroke: colour.grid, width: 1, size: 4 }, ...more };
}

function mark(plot, marks, colour) {
  const { ctx, bbox } = plot;
  const ratio = window.devicePixelRatio || 1;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour.text;
  ctx.lineWidth = ratio;
  ctx.setLineDash([3 * ratio, 3 * ratio]);
  ctx.font = `${11 * ratio}px sans-serif`;
  for (const { at, text } of marks) {
    const x = Math.round(plot.valToPos(at, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText(text, x + 4 * ratio, bbox.top + 12 * ratio);
  }
  ctx.restore();
}
