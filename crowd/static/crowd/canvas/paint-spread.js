// How far drawings of one thing are apart, over the picture: bands, ellipses, a widened line, or a map of votes.

import { spreadOf } from "../geometry/spreads.js";

const COLOUR = "230 159 0"; // orange: seen beside every label's colour, and no label's line is filled with it
const maps = new WeakMap();

// From rare votes in purple to nearly all in yellow; what everybody marked is left clear.
const RAMP = [[130, 40, 160], [220, 60, 90], [250, 150, 40], [255, 235, 90]];

function shade(share) {
  const at = share * (RAMP.length - 1);
  const [low, rest] = [Math.min(Math.floor(at), RAMP.length - 2), at - Math.min(Math.floor(at), RAMP.length - 2)];
  return RAMP[low].map((value, i) => Math.round(value + (RAMP[low + 1][i] - value) * rest));
}

function mapOf(heat) {
  if (maps.has(heat)) return maps.get(heat);
  const canvas = new OffscreenCanvas(heat.across, heat.down);
  const picture = new ImageData(heat.across, heat.down);
  heat.votes.forEach((count, i) => {
    if (!count) return;
    const share = count / heat.most;
    picture.data.set([...shade(share), count === heat.most ? 50 : 190], i * 4);
  });
  canvas.getContext("2d").putImageData(picture, 0, 0);
  maps.set(heat, canvas);
  return canvas;
}

function path(ctx, points) {
  ctx.beginPath();
  points.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  ctx.closePath();
}

export function paintSpread(ctx, scale, spread) {
  ctx.fillStyle = `rgb(${COLOUR} / 45%)`;
  ctx.strokeStyle = `rgb(${COLOUR})`;
  ctx.lineWidth = 1.25 / scale;
  for (const [x, y, w, h] of spread.bands ?? []) {
    ctx.fillRect(x, y, w, h);
    ctx.strokeRect(x, y, w, h);
  }
  for (const points of spread.ellipses ?? []) {
    path(ctx, points);
    ctx.fill();
    ctx.stroke();
  }
  for (const [x, y, distance] of spread.line ?? []) {
    ctx.beginPath();
    ctx.arc(x, y, Math.max(distance, 1 / scale), 0, 2 * Math.PI);
    ctx.fill();
  }
  const { heat } = spread;
  if (!heat) return;
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(mapOf(heat), heat.left, heat.top, heat.across * heat.step, heat.down * heat.step);
}

// {of(group, sets)}: worked out when it is first drawn, and kept with the group.
export function createSpreads() {
  const known = new WeakMap();
  return {
    of(group, sets) {
      if (!known.has(group)) known.set(group, spreadOf(sets));
      return known.get(group);
    },
  };
}
