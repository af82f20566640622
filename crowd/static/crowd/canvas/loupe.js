// A round glass beside the pointer: what lies under it, four times as large, so that a point is set on its pixel.

const RADIUS = 72; // screen pixels
const AWAY = 100;
const TIMES = 4;
const LEAST = 8; // screen pixels an image pixel

// Beside the pointer, on the side where there is room.
function centreOf([x, y], { width }) {
  return [x + AWAY + RADIUS > width ? x - AWAY : x + AWAY, y - AWAY < RADIUS ? y + AWAY : y - AWAY];
}

export function paintLoupe(ctx, { at, view, viewport, density, picture, drawing, filter, sketch }) {
  const [cx, cy] = centreOf(at, viewport);
  const scale = Math.max(view.scale * TIMES, LEAST);
  const times = scale / view.scale;
  const point = [(at[0] - view.x) / view.scale, (at[1] - view.y) / view.scale];
  const aim = () => ctx.setTransform(density * scale, 0, 0, density * scale, density * (cx - point[0] * scale), density * (cy - point[1] * scale));
  ctx.save();
  ctx.setTransform(density, 0, 0, density, 0, 0);
  ctx.beginPath();
  ctx.arc(cx, cy, RADIUS, 0, 2 * Math.PI);
  ctx.fillStyle = "#222";
  ctx.fill();
  ctx.clip();
  ctx.filter = filter;
  aim();
  picture.paint(ctx, scale);
  ctx.filter = "none";
  ctx.setTransform(density * times, 0, 0, density * times, density * (cx - at[0] * times), density * (cy - at[1] * times));
  drawing(ctx);
  aim();
  sketch(ctx, scale);
  ctx.setTransform(density, 0, 0, density, 0, 0);
  for (const [colour, width] of [["rgb(0 0 0 / 60%)", 3], ["#fff", 1]]) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      ctx.moveTo(cx + 4 * dx, cy + 4 * dy);
      ctx.lineTo(cx + 14 * dx, cy + 14 * dy);
    }
    ctx.stroke();
  }
  ctx.restore();
  ctx.save();
  ctx.setTransform(density, 0, 0, density, 0, 0);
  ctx.beginPath();
  ctx.arc(cx, cy, RADIUS, 0, 2 * Math.PI);
  ctx.lineWidth = 2;
  ctx.strokeStyle = "#fff";
  ctx.stroke();
  ctx.restore();
}
