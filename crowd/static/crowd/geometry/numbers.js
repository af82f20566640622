// Coordinates are continuous pixels of the original image, kept to a hundredth: finer than a hand, coarser than float noise.

export function round(value) {
  const rounded = Math.round(value * 100) / 100;
  return rounded === 0 ? 0 : rounded; // never -0
}

export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

export function distance([ax, ay], [bx, by]) {
  return Math.hypot(bx - ax, by - ay);
}
