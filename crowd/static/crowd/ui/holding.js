// A few seconds to take the last hand-in back, while the next image is already there.

import { h, icon } from "./dom.js";
import { keycaps } from "./hotkeys.js";
import { gettext } from "../words.js";

const SECONDS = 5;
const LONGER = 2000; // ms more at a time while the pointer or the focus is on it
const LONGEST = 30; // seconds in all

export function createHolding({ bar, outbox, onUndo }) {
  let last = null; // {key, item, words}

  function hide() {
    last = null;
    bar.hidden = true;
    bar.replaceChildren();
  }

  function undo() {
    if (!last) return false;
    const { key, item } = last;
    hide();
    if (!outbox.withdraw(key)) return false;
    onUndo(item);
    return true;
  }

  function show(words) {
    bar.replaceChildren(
      h("span", { role: "status" }, words),
      h("button", { type: "button", class: "button", onclick: undo }, icon("undo"), gettext("Undo"), h("span", { "aria-hidden": "true" }, keycaps("Shift+z"))),
    );
    bar.hidden = false;
  }

  return {
    undo,
    hide,
    // Sends what was held before, and holds this; false when the browser cannot remember it.
    hold(item, sent, { words, after = null, draft = null }) {
      const { key } = sent;
      outbox.release();
      const until = Date.now() + LONGEST * 1000;
      const over = () => {
        if (bar.matches(":hover, :focus-within") && Date.now() < until && last?.key === key) return LONGER;
        if (last?.key === key) hide();
        return 0;
      };
      const onGone = () => { draft?.abort(); if (last?.key === key) hide(); }; // the answer itself is sent now
      if (!outbox.hold(sent, SECONDS * 1000, { onOver: over, onGone, after })) return false;
      last = { key, item };
      show(words);
      return true;
    },
  };
}
