// Keypoints drawn on a picture: click to add one, drag to move it, one and then another to join or part them.
//
// Where they lie is for the eye alone and is kept in this browser: the schema says only their names and which are joined.

import { h, icon, svg } from "../dom.js";
import { field, select, text } from "./fields.js";
import { freeName, linked, list, withoutPoint } from "./trees.js";

const SIZE = 100;
const STEP = 2;
const DRAG = 1.5;

function circle(index, count) {
  const turn = (2 * Math.PI * index) / Math.max(count, 1) - Math.PI / 2;
  return [SIZE / 2 + 34 * Math.cos(turn), SIZE / 2 + 34 * Math.sin(turn)];
}

function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

// {element}; `changed()` is called after each change of the entry, `structure` true where the form must be drawn anew.
export function createSkeleton(entry, { at, key, picture, changed }) {
  const store = `crowd:skeleton:${key}`;
  const places = kept(store);
  const names = entry.keypoints;
  const spot = (index) => places[names[index]] ?? circle(index, names.length);
  let chosen = null;

  const board = svg("svg", { class: "skeleton__board", viewBox: `0 0 ${SIZE} ${SIZE}`, role: "group", "aria-label": "Keypoints and the lines between them" });
  const element = h("div", { class: "skeleton" });

  function put(index, [x, y]) {
    places[names[index]] = [Math.min(SIZE, Math.max(0, x)), Math.min(SIZE, Math.max(0, y))];
    localStorage.setItem(store, JSON.stringify(places));
  }

  function where(event) {
    const box = board.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIZE, ((event.clientY - box.top) / box.height) * SIZE];
  }

  function add(position) {
    names.push(freeName(names, "point"));
    if (list(entry.sigmas).length) entry.sigmas.push(0.05);
    put(names.length - 1, position);
    changed();
    draw();
  }

  function choose(index) {
    if (chosen !== null && chosen !== index) {
      entry.skeleton = linked(entry.skeleton, chosen, index);
      chosen = null;
      changed();
    } else chosen = chosen === index ? null : index;
    draw();
    board.querySelectorAll("[data-point]")[index]?.focus();
  }

  function remove(index) {
    delete places[names[index]];
    withoutPoint(entry, index);
    chosen = null;
    changed();
    draw();
  }

  function drag(index, event) {
    event.preventDefault();
    event.stopPropagation();
    const from = where(event);
    let far = false;
    const move = (now) => {
      const to = where(now);
      far ||= Math.hypot(to[0] - from[0], to[1] - from[1]) > DRAG;
      if (far) { put(index, to); paint(); }
    };
    const end = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      if (!far) choose(index);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
  }

  function keys(index, event) {
    const [x, y] = spot(index);
    const step = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
    if (step) put(index, [x + step[0], y + step[1]]);
    else if (event.key === "Enter" || event.key === " ") choose(index);
    else if (event.key === "Delete" || event.key === "Backspace") remove(index);
    else return;
    event.preventDefault();
    if (step) paint();
    if (step) board.querySelectorAll("[data-point]")[index]?.focus();
  }

  function point(index) {
    const [x, y] = spot(index);
    const mark = svg(
      "g",
      { class: `skeleton__point${chosen === index ? " skeleton__point--chosen" : ""}`, tabindex: "0", role: "button", "data-point": index, "aria-pressed": String(chosen === index), "aria-label": `${names[index]}: Enter joins it with another` },
      svg("circle", { cx: x, cy: y, r: 5, class: "skeleton__touch" }), svg("circle", { cx: x, cy: y, r: 2 }),
    );
    const label = svg("text", { x: x + 3.5, y: y + 1.4 });
    label.textContent = names[index];
    mark.append(label);
    mark.addEventListener("pointerdown", (event) => drag(index, event));
    mark.addEventListener("keydown", (event) => keys(index, event));
    return mark;
  }

  function paint() {
    const lines = list(entry.skeleton).filter((edge) => edge.every((end) => end < names.length)).map(([a, b]) => {
      const [[x1, y1], [x2, y2]] = [spot(a), spot(b)];
      return svg("line", { x1, y1, x2, y2 });
    });
    const below = picture ? [svg("image", { href: picture, width: SIZE, height: SIZE, preserveAspectRatio: "xMidYMid slice", opacity: 0.45 })] : [];
    board.replaceChildren(...below, ...lines, ...names.map((_, index) => point(index)));
  }

  function row(index) {
    return h("li", { class: "skeleton__row" },
      text(names[index], (value) => {
        places[value] = spot(index);
        names[index] = value;
        localStorage.setItem(store, JSON.stringify(places));
        changed();
        paint();
      }, { "aria-label": `Name of keypoint ${index + 1}`, maxlength: "200" }),
      h("button", { type: "button", class: "button button--quiet button--icon", "aria-label": `Remove ${names[index]}`, onclick: () => remove(index) }, icon("trash")));
  }

  function links() {
    const choices = Object.fromEntries(names.map((name, index) => [String(index), name]));
    let [first, second] = ["0", "1"];
    return h("details", { class: "skeleton__links" }, h("summary", {}, `Lines (${list(entry.skeleton).length})`),
      h("ul", { class: "plain" }, list(entry.skeleton).map(([a, b]) => h("li", { class: "row row--between" }, h("span", {}, `${names[a]} – ${names[b]}`),
        h("button", { type: "button", class: "link", onclick: () => { entry.skeleton = linked(entry.skeleton, a, b); changed(); draw(); } }, "Part")))),
      names.length < 2 ? null : h("div", { class: "row" },
        select(first, choices, (value) => { first = value; }, { "aria-label": "Line from" }),
        select(second, choices, (value) => { second = value; }, { "aria-label": "Line to" }),
        h("button", { type: "button", class: "button", onclick: () => { if (first !== second) { entry.skeleton = linked(entry.skeleton, Number(first), Number(second)); changed(); draw(); } } }, "Join")));
  }

  function draw() {
    const open = element.querySelector("details")?.open ?? false;
    paint();
    const joined = links();
    joined.open = open;
    const rows = h("ol", { class: "skeleton__names" }, names.map((_, index) => row(index)));
    element.replaceChildren(
      h("div", { class: "skeleton__side" }, board, h("p", { class: "field__help" }, "Click the picture to add a point, drag to move it; click one point and then another to join or part them. The places are only for this drawing.")),
      h("div", { class: "skeleton__side" }, rows, h("button", { type: "button", class: "button", onclick: () => { add(circle(names.length, names.length + 1)); element.querySelector("li:last-child input")?.select(); } }, icon("plus"), "Keypoint"), joined),
    );
  }

  board.addEventListener("pointerdown", (event) => { if (event.button === 0) { event.preventDefault(); add(where(event)); } });
  draw();
  const box = field("Keypoints", h("input", { type: "hidden" }), { at: `${at}.keypoints`, wide: true });
  box.querySelector("input").replaceWith(element);
  box.querySelector("label").removeAttribute("for");
  return { element: box };
}
