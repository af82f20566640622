// Which key does what: the product's keys, changed by the worker's own. No DOM here.

import { gettext } from "../words.js";

const MODIFIERS = ["Mod", "Alt", "Shift"];
const BARE = new Set(["Enter", " ", "Tab", "Escape", "?"]); // these keep what they do everywhere

// Whether two actions can both be had: each is {id, keys: [combination…], fixed?, deliberate?}.
export function createKeymap(own = {}) {
  const actions = new Map();
  let chosen = { ...own };
  let table = null;

  function keysOf(action) {
    return action.id in chosen ? [chosen[action.id]].filter(Boolean) : action.keys;
  }

  // The worker's own keys win over the product's, and later actions over earlier ones.
  function build() {
    table = new Map();
    const all = [...actions.values()];
    for (const action of all.filter(({ id }) => !(id in chosen))) for (const key of action.keys) table.set(key, action);
    for (const action of all.filter(({ id }) => id in chosen)) for (const key of keysOf(action)) table.set(key, action);
    return table;
  }
  const now = () => table ?? build();
  const first = (action) => keysOf(action).find((key) => now().get(key) === action) ?? "";

  return {
    add(action) {
      actions.set(action.id, action);
      table = null;
    },
    clear(group) {
      for (const [id, action] of actions) if (action.group === group) actions.delete(id);
      table = null;
    },
    find: (key) => now().get(key) ?? null,
    get: (id) => actions.get(id) ?? null,
    all: () => [...actions.values()].map((action) => ({ ...action, key: first(action), changed: action.id in chosen })),
    // What now does what this key does by default; the key itself where nobody moved anything.
    moved(key) {
      const owner = [...actions.values()].findLast((action) => action.keys.includes(key));
      if (!owner || !Object.keys(chosen).length) return key;
      if (owner.id in chosen) return first(owner);
      return now().get(key) === owner ? key : "";
    },
    // Why an action cannot have a key: "" when it can; `by` is whose it is now.
    objection(id, key) {
      const action = actions.get(id);
      const parts = key.split("+");
      const name = key.endsWith("+") ? "+" : parts.at(-1);
      if (action.fixed) return { text: gettext("This key cannot be changed."), by: null };
      if (!name || MODIFIERS.includes(name)) return { text: gettext("Press a key, alone or with Ctrl, Alt or Shift."), by: null };
      if (BARE.has(key)) return { text: gettext("This key is needed for other things."), by: null };
      if (action.deliberate && !/^(Mod|Alt)\+/.test(key) && !/^F\d+$/.test(name)) {
        return { text: gettext("Handing in needs Ctrl or Alt with it, so that it never happens by accident."), by: null };
      }
      const by = now().get(key);
      if (by && by.id !== id) return by.fixed ? { text: gettext("“{name}” has this key, and keeps it.", { name: gettext(by.title) }), by: null } : { text: "", by };
      return { text: "", by: null };
    },
    assign(id, key) {
      const by = now().get(key);
      if (by && by.id !== id) chosen = { ...chosen, [by.id]: "" };
      chosen = { ...chosen, [id]: key };
      const action = actions.get(id);
      if (action.keys[0] === key) delete chosen[id];
      table = null;
      return chosen;
    },
    reset(id = null) {
      if (id === null) chosen = {};
      else delete chosen[id];
      table = null;
      return chosen;
    },
  };
}
