// The desk by keyboard. A digit takes a worker's answer; while one thing is chosen, that worker's version of it.

import { CONSENSUS } from "../labels/rulings.js";

const RULINGS = "Ruling";
const LAYERS = "Layers";
const THINGS = "One thing at a time";

function bindRulings(desk) {
  const { hotkeys } = desk;
  const bind = (key, title, run) => hotkeys.bind(key, title, run, { group: RULINGS });
  bind("c", "Accept the consensus", () => desk.accept());
  for (const row of desk.layers.rows.filter(({ number }) => number < 10)) {
    bind(String(row.number), `Take ${row.name}’s answer, or ${row.name}’s version of the thing chosen`, () => desk.takeFrom(row.id));
  }
  hotkeys.bind("Mod+Enter", "Rule so", () => desk.rule(), { group: RULINGS });
  bind("e", "Edit by hand", () => desk.edit());
  bind("r", "Reject, and ask again", () => desk.verbs.again());
  bind("x", "Exclude the image", () => desk.verbs.exclude());
  bind("t", "Make it gold, or not", () => desk.verbs.gold());
  bind("u", "Escalate to an expert", () => desk.verbs.escalate());
  bind("m", "Comment", () => desk.comment());
  bind("n", "Next, without a ruling", () => desk.pass());
  bind("Shift+z", "Take the last ruling back", () => desk.undo());
}

function bindLayers(desk) {
  const { hotkeys, layers, compare } = desk;
  const bind = (key, title, run) => hotkeys.bind(key, title, run, { group: LAYERS });
  if (layers.row(CONSENSUS)) {
    bind("Shift+0", "Show or hide the consensus", () => layers.toggle(CONSENSUS));
    bind("Alt+0", "Only the consensus", () => layers.only(CONSENSUS));
  }
  for (const row of layers.rows.filter(({ number }) => number < 10)) {
    bind(`Shift+${row.number}`, `Show or hide ${row.name}`, () => layers.toggle(row.id));
    bind(`Alt+${row.number}`, `Only ${row.name}`, () => layers.only(row.id));
  }
  bind("l", "Colour by worker or by label", () => desk.look.colour());
  bind("b", "Show how far they are apart", () => desk.look.spread());
  bind("k", "Flicker between two", () => compare.toggle("flicker"));
  bind("d", "Two side by side", () => compare.toggle("sides"));
  bind("g", "The guideline", () => desk.guideline.toggle());
}

function bindThings(desk) {
  const { hotkeys, things } = desk;
  const bind = (key, title, run) => hotkeys.bind(key, title, run, { group: THINGS });
  bind("]", "Next, the most disputed first", () => things.step(1));
  bind("[", "The one before", () => things.step(-1));
  bind("0", "Take the consensus’s version", () => (things.chosen < 0 ? false : desk.takeThing(things.chosen, CONSENSUS)));
  bind(["Delete", "Backspace"], "Leave it out", () => (things.chosen < 0 ? false : desk.leaveThing(things.chosen)));
  bind("Mod+z", "Undo in your ruling", () => desk.editor.history.undo());
  bind("Mod+y", "Redo", () => desk.editor.history.redo());
}

export function bindLooking(desk) {
  unbind(desk);
  bindRulings(desk);
  bindLayers(desk);
  if (desk.editor.classes.length) bindThings(desk);
  desk.hotkeys.bind("Escape", "Stop comparing, let go, drop your ruling", () => desk.escape(), { group: LAYERS });
}

// Before the answers are shown: one's own, or none.
export function bindBlind(desk) {
  unbind(desk);
  const bind = (key, title, run) => desk.hotkeys.bind(key, title, run, { group: RULINGS });
  bind("s", "Show the answers", () => desk.reveal());
  bind("e", "Give your own answer", () => desk.edit());
  bind("x", "Exclude the image", () => desk.verbs.exclude());
  bind("u", "Escalate to an expert", () => desk.verbs.escalate());
  bind("m", "Comment", () => desk.comment());
  bind("n", "Next, without a ruling", () => desk.pass());
  bind("Shift+z", "Take the last ruling back", () => desk.undo());
  bind("g", "The guideline", () => desk.guideline.toggle());
}

export function bindEditing(desk) {
  unbind(desk);
  desk.hotkeys.bind("Mod+Enter", "Rule so", () => desk.rule(), { group: RULINGS });
}

export function unbind({ hotkeys }) {
  for (const group of [RULINGS, LAYERS, THINGS]) hotkeys.clear(group);
}

