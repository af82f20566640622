// Keys by what they do. Bound once, listed on the sheet, silent while someone types.

import { h } from "./dom.js";

const TYPING = "textarea, select, input:not([type=radio]):not([type=checkbox]):not([type=button]), [contenteditable]";
const SPOKEN = {
  Escape: "Esc", Delete: "Del", Enter: "↵", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Mod: /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl",
};

// "Mod+Shift+z": letters and digits by the physical key, so that other layouts keep the same places; marks by what they print.
function nameOf(event) {
  const physical = /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(event.code);
  const key = physical ? (physical[1]?.toLowerCase() ?? physical[2]) : event.key;
  const printed = !physical && event.key.length === 1;
  return [event.ctrlKey || event.metaKey ? "Mod" : "", event.altKey ? "Alt" : "", event.shiftKey && !printed ? "Shift" : "", key]
    .filter(Boolean)
    .join("+");
}

export function spoken(combination) {
  return combination.split("+").filter(Boolean).map((part) => SPOKEN[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}

export function keycaps(combination) {
  return spoken(combination || "").map((part) => h("kbd", {}, part));
}

export function createHotkeys() {
  const bindings = new Map();

  function onKey(event) {
    const name = nameOf(event);
    const binding = bindings.get(name);
    if (!binding || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.target.matches?.(TYPING) && !name.startsWith("Mod+Enter")) return;
    if (binding.where && !binding.where(event)) return;
    if (binding.run(event) !== false) event.preventDefault();
  }
  document.addEventListener("keydown", onKey);

  return {
    bind(combinations, title, run, { group = "Image", where = null } = {}) {
      [combinations].flat().forEach((combination, i) => bindings.set(combination, { title, run, group, where, first: i === 0 }));
    },
    clear(group) {
      for (const [name, binding] of bindings) if (binding.group === group) bindings.delete(name);
    },
    // [[group, [[combination, title], …]], …]; of keys that do the same, the first
    sheet() {
      const groups = new Map();
      for (const [combination, { title, group, first }] of bindings) {
        if (!first) continue;
        if (!groups.has(group)) groups.set(group, []);
        groups.get(group).push([combination, title]);
      }
      return [...groups];
    },
  };
}

export function showSheet(hotkeys) {
  const dialog = document.getElementById("hotkeys");
  const body = dialog.querySelector("[data-keys]");
  body.replaceChildren(
    ...hotkeys.sheet().map(([group, rows]) =>
      h("section", { class: "keys" }, h("h3", {}, group),
        h("dl", {}, rows.map(([combination, title]) => h("div", {}, h("dt", {}, title), h("dd", {}, keycaps(combination)))))),
    ),
  );
  dialog.showModal();
}
