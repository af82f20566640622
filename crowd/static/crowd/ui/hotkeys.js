// Keys by what they do. Bound once, listed on the sheet, changed by the worker there, silent while someone types.

import { h } from "./dom.js";
import { createKeymap } from "./keymap.js";
import { openSheet } from "./keysheet.js";
import { gettext, gettext_noop } from "../words.js";

const TYPING = "textarea, select, input:not([type=radio]):not([type=checkbox]):not([type=button]), [contenteditable]";
const MAC = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);
const SPOKEN = {
  Escape: "Esc", Delete: "Del", Enter: "↵", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", " ": gettext("Space"), Mod: MAC ? "⌘" : "Ctrl",
};
const SHELF = "keys";

let shown = null; // the page's own, which says what stands on the controls

// "Mod+Shift+z": letters and digits by the physical key, so that other layouts keep the same places; marks by what they print.
export function nameOf(event) {
  const physical = /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(event.code);
  const key = physical ? (physical[1]?.toLowerCase() ?? physical[2]) : event.key;
  const printed = !physical && event.key.length === 1;
  return [event.ctrlKey || event.metaKey ? "Mod" : "", event.altKey ? "Alt" : "", event.shiftKey && !printed ? "Shift" : "", key]
    .filter(Boolean)
    .join("+");
}

export function spoken(combination) {
  const parts = combination.endsWith("+") ? [...combination.slice(0, -1).split("+"), "+"] : combination.split("+");
  return parts.filter(Boolean).map((part) => SPOKEN[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}

// The caps of exactly this combination.
export function caps(combination) {
  return spoken(combination || "").map((part) => h("kbd", {}, part));
}

// The caps of whatever key now does what this one does by default; they follow when the worker changes it.
export function keycaps(combination) {
  if (!combination) return [];
  return [h("span", { class: "keycaps", dataset: { key: combination } }, caps(shown ? shown.moved(combination) : combination))];
}

// The same as a text, for what shows on hovering.
export function keyText(combination) {
  return spoken(shown ? shown.moved(combination) : combination).join(" ");
}

let due = false;

// Once all that is being bound is bound: controls are often drawn before their keys are known.
function refreshSoon() {
  if (due) return;
  due = true;
  queueMicrotask(() => { due = false; refresh(); });
}

function refresh() {
  for (const element of document.querySelectorAll("[data-key]")) element.replaceChildren(...caps(shown.moved(element.dataset.key)));
}

export function createHotkeys({ shelf = null } = {}) {
  const keymap = createKeymap(shelf?.read(SHELF, {}) ?? {});
  shown = keymap;

  function onKey(event) {
    const name = nameOf(event);
    const action = keymap.find(name);
    if (!action || event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.target.matches?.(TYPING) && !(action.deliberate && event.key === "Enter")) return;
    if (action.where && !action.where(event)) return;
    if (action.run(event) !== false) event.preventDefault();
  }
  document.addEventListener("keydown", onKey);

  function changed(chosen) {
    shelf?.write(SHELF, chosen);
    refresh();
  }

  return {
    // `deliberate`: never on a bare letter, as it cannot be taken for granted. Several arrows together cannot be changed.
    bind(combinations, title, run, { group = gettext_noop("Image"), where = null, deliberate = false, fixed = false } = {}) {
      const keys = [combinations].flat();
      const set = keys.length > 2 || keys.includes("Escape") || keys.includes("?");
      keymap.add({ id: `${group}: ${title}`, keys, title, run, group, where, deliberate: deliberate || keys.includes("Mod+Enter"), fixed: fixed || set });
      refreshSoon();
    },
    clear: (group) => keymap.clear(group),
    keymap,
    canChange: shelf !== null,
    assign: (id, key) => changed(keymap.assign(id, key)),
    reset: (id) => changed(keymap.reset(id)),
    refresh,
  };
}

export function showSheet(hotkeys) {
  openSheet(document.getElementById("hotkeys"), hotkeys, { caps, nameOf, spoken });
}
