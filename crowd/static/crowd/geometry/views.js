// A view says where the image lies on the screen: screen = image × scale + (x, y), in CSS pixels.

import { clamp } from "./numbers.js";

export const MAX_SCALE = 80;

export function toImage({ scale, x, y }, [sx, sy]) {
  return [(sx - x) / scale, (sy - y) / scale];
}

export function toScreen({ scale, x, y }, [ix, iy]) {
  return [ix * scale + x, iy * scale + y];
}

// The whole image, centred, as large as fits.
export function fit(image, viewport, padding = 16) {
  const room = [Math.max(1, viewport.width - 2 * padding), Math.max(1, viewport.height - 2 * padding)];
  const scale = Math.min(room[0] / image.width, room[1] / image.height, MAX_SCALE);
  return {
    scale,
    x: (viewport.width - image.width * scale) / 2,
    y: (viewport.height - image.height * scale) / 2,
  };
}

// Nearer or farther, the point under the cursor staying where it is.
export function zoomedAt(view, [sx, sy], factor, minimum) {
  const scale = clamp(view.scale * factor, Math.min(minimum, MAX_SCALE), MAX_SCALE);
  const ratio = scale / view.scale;
  return { scale, x: sx - (sx - view.x) * ratio, y: sy - (sy - view.y) * ratio };
}

export function panned(view, [dx, dy]) {
  return { ...view, x: view.x + dx, y: view.y + dy };
}

// At least a quarter of the viewport keeps showing the image, so that it cannot be lost off screen.
export function held(view, image, viewport) {
  const [w, h] = [image.width * view.scale, image.height * view.scale];
  const [showX, showY] = [Math.min(w, viewport.width / 4), Math.min(h, viewport.height / 4)];
  return {
    ...view,
    x: clamp(view.x, showX - w, viewport.width - showX),
    y: clamp(view.y, showY - h, viewport.height - showY),
  };
}

// Two fingers from (a, b) to (c, d): the image follows both as far as scaling and moving can.
export function pinched(view, [a, b], [c, d], minimum) {
  const before = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
  const after = Math.hypot(d[0] - c[0], d[1] - c[1]) || 1;
  const from = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const to = [(c[0] + d[0]) / 2, (c[1] + d[1]) / 2];
  return panned(zoomedAt(view, from, after / before, minimum), [to[0] - from[0], to[1] - from[1]]);
}
