import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { classesOf } from "../crowd/labels/schemas.js";

// What dichromats see, on linear RGB: Machado, Oliveira and Fernandes, 2009, severity 1.
const SIGHTS = {
  "three kinds of cones": [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};
const LEAST = 15; // CIE 1976 difference; 2.3 can just be noticed side by side

const css = readFileSync(new URL("../crowd/css/tokens.css", import.meta.url), "utf8");
const colours = [...css.matchAll(/--label-\d: (#[0-9a-f]{6});/g)].map(([, hex]) => hex);

function linear(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
}

function seen(sight, rgb) {
  return [0, 3, 6].map((row) => Math.min(1, Math.max(0, sight[row] * rgb[0] + sight[row + 1] * rgb[1] + sight[row + 2] * rgb[2])));
}

function lab([r, g, b]) {
  const f = (t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const [x, y, z] = [(0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505, 0.2126 * r + 0.7152 * g + 0.0722 * b, (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089];
  return [116 * f(y) - 16, 500 * (f(x) - f(y)), 200 * (f(y) - f(z))];
}

for (const [name, sight] of Object.entries(SIGHTS)) {
  test(`every two colours of labels can be told apart with ${name}`, () => {
    assert.equal(colours.length, 8);
    const found = colours.map((hex) => lab(seen(sight, linear(hex))));
    found.forEach((a, i) => found.slice(i + 1).forEach((b, j) => {
      const apart = Math.hypot(...a.map((value, axis) => value - b[axis]));
      assert.ok(apart >= LEAST, `${colours[i]} and ${colours[i + 1 + j]}: ${apart}`);
    }));
  });
}

test("past the palette's end a colour comes again in another line pattern", () => {
  const classes = classesOf({ objects: Array.from({ length: 20 }, (_, i) => ({ name: `class ${i}`, shape: "box" })) });
  assert.equal(new Set(classes.map(({ tone, pattern }) => `${tone} ${pattern}`)).size, 20);
});
