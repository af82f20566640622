// Every chart of a page: drawn when it comes, and anew when the theme or the width changes.

import { course } from "./course.js";
import { scatter } from "./scatter.js";
import { colours } from "./colours.js";

const KINDS = { course, scatter };
const drawn = new Map();
const HEIGHT = 240;

function draw(figure) {
  const source = document.getElementById(figure.dataset.chart);
  const make = source && KINDS[JSON.parse(source.textContent).kind];
  const width = Math.floor(figure.clientWidth);
  if (!make || !width) return;
  drawn.get(figure)?.plot.destroy();
  const { options, data } = make(JSON.parse(source.textContent), colours());
  const plot = new window.uPlot({ ...options, width, height: HEIGHT }, data, figure);
  drawn.set(figure, { plot, width });
}

const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const known = drawn.get(target);
    if (!known) draw(target); // it had no width when it came
    else if (Math.abs(known.width - target.clientWidth) > 1) {
      known.width = Math.floor(target.clientWidth);
      known.plot.setSize({ width: known.width, height: HEIGHT });
    }
  }
});

function drawAll(root) {
  for (const figure of root.querySelectorAll("[data-chart]")) {
    if (drawn.has(figure)) continue;
    draw(figure);
    resized.observe(figure);
  }
}

function again() {
  for (const figure of drawn.keys()) {
    if (figure.isConnected) draw(figure);
    else drawn.delete(figure);
  }
}

document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
window.addEventListener("themechange", again);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
drawAll(document);
