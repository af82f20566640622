// The sheet of keys, and where a worker changes them: press a row, then the new key.

import { h } from "./dom.js";
import { gettext } from "../words.js";

function grouped(actions) {
  const groups = new Map();
  for (const action of actions) {
    if (!groups.has(action.group)) groups.set(action.group, []);
    groups.get(action.group).push(action);
  }
  return [...groups];
}

export function openSheet(dialog, hotkeys, { caps, nameOf, spoken }) {
  const body = dialog.querySelector("[data-keys]");
  const told = h("p", { class: "keys__told", role: "status" });
  let waiting = null; // the id of the action that gets the next key
  let wanted = null; // a key of somebody else's, pressed once

  const say = (text) => { told.textContent = text; };

  function row(action) {
    const name = h("span", { class: "keys__name" }, gettext(action.title));
    const keys = h("span", { class: "keys__caps" }, action.key ? caps(action.key) : h("span", { class: "muted small" }, gettext("no key")));
    if (!hotkeys.canChange || action.fixed) return h("div", { class: "keys__row" }, name, keys);
    return h("button", {
      type: "button", class: "keys__row", dataset: { action: action.id }, "aria-pressed": String(waiting === action.id),
      onclick: () => { waiting = waiting === action.id ? null : action.id; wanted = null; show(action.id); say(waiting ? gettext("Press the new key for “{name}”. Esc keeps the old one.", { name: gettext(action.title) }) : ""); },
    }, name, waiting === action.id ? h("span", { class: "keys__caps" }, gettext("Press a key…")) : keys);
  }

  function show(focused = null) {
    const all = hotkeys.keymap.all().filter(({ key, fixed }) => key || !fixed);
    body.replaceChildren(
      hotkeys.canChange ? h("p", { class: "muted small" }, gettext("To change a key, choose its row and press the new one. It is kept in this browser, for you alone.")) : "",
      told,
      ...grouped(all).map(([group, actions]) => h("section", { class: "keys" }, h("h3", {}, gettext(group)), actions.map(row))),
      hotkeys.canChange && all.some(({ changed }) => changed)
        ? h("button", { type: "button", class: "button", onclick: () => { hotkeys.reset(null); waiting = null; show(); say(gettext("All keys are as they were at first.")); body.querySelector("button")?.focus(); } }, gettext("Reset all keys"))
        : "",
    );
    if (focused) body.querySelector(`[data-action="${CSS.escape(focused)}"]`)?.focus();
  }

  function press(event) {
    if (waiting === null) return;
    event.preventDefault();
    event.stopPropagation();
    const key = nameOf(event);
    const id = waiting;
    if (["Control", "Meta", "Alt", "Shift"].includes(event.key)) return;
    if (key === "Escape") { waiting = null; show(id); say(gettext("Nothing is changed.")); return; }
    const { text, by } = hotkeys.keymap.objection(id, key);
    if (text) { say(text); return; }
    if (by && wanted !== key) {
      wanted = key;
      say(gettext("{key} is the key of “{name}”. Press it again to take it; “{name}” is then without a key.", { key: spoken(key).join(" "), name: gettext(by.title) }));
      return;
    }
    waiting = null;
    wanted = null;
    hotkeys.assign(id, key);
    show(id);
    say([gettext("“{name}” is now {key}.", { name: gettext(hotkeys.keymap.get(id).title), key: spoken(key).join(" ") }), by ? gettext("“{name}” has no key any more.", { name: gettext(by.title) }) : ""].join(" ").trim());
  }

  const cancel = (event) => { if (waiting !== null) event.preventDefault(); };
  dialog.addEventListener("keydown", press, true);
  dialog.addEventListener("cancel", cancel);
  dialog.addEventListener("close", () => {
    dialog.removeEventListener("keydown", press, true);
    dialog.removeEventListener("cancel", cancel);
  }, { once: true });
  show();
  dialog.showModal();
}
