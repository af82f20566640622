// One or some of very many options: a combobox that finds them by their path, with the ones used last at hand.

import { h, icon } from "./dom.js";
import { keycaps } from "./hotkeys.js";
import { indexed, marked, search } from "./options.js";
import { gettext } from "../words.js";

const CAP = 50; // rows drawn, whatever the tree
const RECENT = 6;
export const MANY = 40; // options from which on they are looked for instead of listed

let memory = { read: (_, fallback) => fallback, write: () => false };
let scope = "";

// Where what was chosen last is kept; without it, nowhere.
export function rememberChoices(shelf, project) {
  memory = shelf;
  scope = project;
}

const placeOf = (question) => `recent:${scope}:${question.address}`;

function pathText(path, query) {
  return marked(path, query).map((part) => (part.hit ? h("mark", {}, part.text) : part.text));
}

function createList(input, list, count, onChoose) {
  const state = { entries: [], at: -1, query: "" };
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    state.at = -1;
  };
  const move = (to) => {
    const rows = [...list.querySelectorAll("[role=option]")];
    if (!rows.length) return;
    state.at = (to + rows.length) % rows.length;
    rows.forEach((row, i) => row.classList.toggle("picker__option--at", i === state.at));
    input.setAttribute("aria-activedescendant", rows[state.at].id);
    rows[state.at].scrollIntoView({ block: "nearest" });
  };
  const open = (index, chosen) => {
    state.query = input.value;
    const { found, total } = search(index, state.query, CAP);
    state.entries = found;
    list.replaceChildren(...found.map((entry, i) =>
      h("li", { role: "option", id: `${list.id}-${i}`, class: "picker__option", "aria-selected": String(chosen.has(entry.path)), onpointerdown: (event) => { event.preventDefault(); onChoose(entry); } },
        h("span", { class: "picker__path" }, pathText(entry.path, state.query)), entry.description ? h("small", {}, entry.description) : null,
        chosen.has(entry.path) ? icon("check") : null)));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    count.textContent = total > found.length ? gettext("The first {shown} of {total}. Type more to narrow them down.", { shown: found.length, total: total.toLocaleString() })
      : total ? gettext("{total} found", { total: total.toLocaleString() }) : gettext("Nothing found. Try fewer letters.");
    state.at = -1;
    if (state.query.trim() && found.length) move(0);
  };
  return { state, open, close, move };
}

// As questions.js asks of a kind of question: {rows, show}, with an element in place of the rows.
export function createPicker(question, name, keyOf, answer, { readOnly = false } = {}) {
  const several = question.kind === "multiple";
  const index = indexed(question.options);
  const order = question.options.map((option) => option.path);
  const paths = new Set(order);
  let value;

  const chosen = () => new Set(several ? (value ?? []) : value === undefined ? [] : [value]);
  const box = h("div", { class: "picker" });
  const picked = h("ul", { class: "picker__picked plain", "aria-label": gettext("Chosen for {name}", { name: question.name }) });
  const recent = h("div", { class: "picker__recent", role: "group", "aria-label": gettext("Used last for {name}", { name: question.name }) });
  const list = h("ul", { class: "picker__list plain", role: "listbox", id: `${name}-list`, "aria-label": question.name, "aria-multiselectable": several ? "true" : null, hidden: true });
  const count = h("p", { class: "muted small", role: "status", id: `${name}-count` });
  const input = h("input", {
    class: "input picker__input", type: "text", role: "combobox", "aria-expanded": "false", "aria-controls": `${name}-list`, "aria-autocomplete": "list",
    "aria-label": question.name, "aria-describedby": `${name}-count`, autocomplete: "off", spellcheck: "false", placeholder: gettext("Find one of {total}…", { total: order.length.toLocaleString() }),
    dataset: { focus: `pick-${question.address}` }, disabled: readOnly,
  });
  const dropdown = createList(input, list, count, choose);

  function remember(path) {
    const kept = memory.read(placeOf(question), []).filter((each) => each !== path);
    memory.write(placeOf(question), [path, ...kept].slice(0, RECENT));
  }

  function choose({ path }) {
    const had = chosen().has(path);
    if (!had) remember(path);
    input.value = "";
    count.textContent = "";
    dropdown.close();
    if (several) {
      const next = chosen();
      if (had) next.delete(path);
      else next.add(path);
      answer(order.filter((each) => next.has(each)));
    } else if (!had) answer(path);
  }

  function showPicked() {
    picked.replaceChildren(...[...chosen()].map((path) =>
      h("li", { class: "picker__chip" }, h("span", {}, path),
        readOnly ? null : h("button", { type: "button", class: "picker__remove", "aria-label": gettext("Remove {name}", { name: path }), onclick: () => { (several ? choose({ path }) : answer(undefined)); input.focus(); } }, icon("x")))));
    picked.hidden = !picked.children.length;
  }

  function showRecent() {
    const last = memory.read(placeOf(question), []).filter((path) => paths.has(path) && !chosen().has(path));
    recent.replaceChildren(...last.map((path, i) =>
      h("button", { type: "button", class: "picker__last", dataset: { recent: i + 1 }, title: path, "aria-label": path, onclick: () => choose({ path }) },
        h("span", {}, path.split("/").at(-1)), h("span", { "aria-hidden": "true", class: "choice__key" }, keycaps(`Alt+${i + 1}`)))));
    recent.hidden = readOnly || !last.length;
  }

  function onKey(event) {
    const { state } = dropdown;
    const entry = state.entries[state.at];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) dropdown.open(index, chosen());
      dropdown.move(state.at < 0 ? (event.key === "ArrowDown" ? 0 : -1) : state.at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && entry) choose(entry);
    else if (event.key === "ArrowRight" && entry?.inner && input.selectionStart === input.value.length) {
      input.value = `${entry.path}/`;
      dropdown.open(index, chosen());
    } else if (event.key === "Escape" && !list.hidden) dropdown.close();
    else if (event.key === "Escape" && input.value) { input.value = ""; count.textContent = ""; } else if (event.key === "Escape") input.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  input.addEventListener("keydown", onKey);
  input.addEventListener("input", () => dropdown.open(index, chosen()));
  input.addEventListener("click", () => list.hidden && dropdown.open(index, chosen()));
  input.addEventListener("blur", dropdown.close);
  box.append(...[picked, readOnly ? "" : input, count, list, recent].filter(Boolean));
  return {
    element: box,
    show(next) {
      value = next;
      showPicked();
      showRecent();
    },
  };
}
