// Fields of the schema's form, each with the place where its faults are told.

import { h } from "../dom.js";
import { above } from "./trees.js";

let serial = 0;

export function faultList(at) {
  return h("ul", { class: "field__errors", dataset: { at }, hidden: true });
}

export function field(label, control, { at, help = null, wide = false } = {}) {
  serial += 1;
  control.id = `schema-${serial}`;
  const faults = faultList(at);
  faults.id = `schema-${serial}-faults`;
  control.setAttribute("aria-describedby", faults.id);
  return h(
    "div",
    { class: wide ? "field field--wide" : "field" },
    h("label", { for: control.id }, label), control, help ? h("p", { class: "field__help" }, help) : null, faults,
  );
}

export function text(value, onText, props = {}) {
  return h("input", { class: "input", type: "text", autocomplete: "off", ...props, value: value ?? "", oninput: (event) => onText(event.target.value) });
}

export function area(value, onText, props = {}) {
  const control = h("textarea", { class: "input input--low", rows: "2", ...props, oninput: (event) => onText(event.target.value) });
  control.value = value ?? "";
  return control;
}

export function number(value, onNumber, props = {}) {
  return h("input", {
    class: "input", type: "number", min: "0", step: "any", inputmode: "decimal", ...props, value: String(value ?? 0),
    oninput: (event) => onNumber(event.target.value === "" ? 0 : Number(event.target.value)),
  });
}

export function select(value, choices, onChoice, props = {}) {
  const known = value in choices ? Object.entries(choices) : [[value ?? "", value ?? "choose"], ...Object.entries(choices)];
  return h("select", { class: "input", ...props, onchange: (event) => onChoice(event.target.value) },
    known.map(([key, label]) => h("option", { value: key, selected: key === value }, label)));
}

export function check(label, value, onCheck) {
  return h("label", { class: "check" }, h("input", { type: "checkbox", checked: Boolean(value), onchange: (event) => onCheck(event.target.checked) }), h("span", {}, label));
}

// Colours are automatic until somebody chooses one.
export function colour(value, onColour) {
  const automatic = h("button", { type: "button", class: "link", hidden: !value, onclick: () => { automatic.hidden = true; onColour(""); } }, "automatic");
  const long = /^#[0-9a-f]{3}$/i.test(value ?? "") ? `#${[...value.slice(1)].map((digit) => digit + digit).join("")}` : value;
  const picker = h("input", {
    class: "input input--colour", type: "color", value: long || "#888888",
    oninput: (event) => { automatic.hidden = false; onColour(event.target.value); },
  });
  return { picker, automatic };
}

// Shows each fault beside what it is about; one whose field is not on the page goes to the nearest thing above it.
export function placeFaults(root, faults) {
  const places = new Map();
  for (const place of root.querySelectorAll("[data-at]")) {
    places.set(place.dataset.at, place);
    place.hidden = true;
    place.replaceChildren();
  }
  for (const control of root.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  for (const node of root.querySelectorAll(".node--fault")) node.classList.remove("node--fault");
  for (const [path, sentences] of Object.entries(faults)) {
    let at = path;
    while (at && !places.has(at)) at = above(at);
    const place = places.get(at) ?? places.get("$");
    place.hidden = false;
    place.append(...sentences.map((sentence) => h("li", {}, at === path ? sentence : `${path}: ${sentence}`)));
    if (place.id) root.querySelector(`[aria-describedby="${place.id}"]`)?.setAttribute("aria-invalid", "true");
    for (let node = place.closest(".node"); node; node = node.parentElement.closest(".node")) node.classList.add("node--fault");
  }
}
