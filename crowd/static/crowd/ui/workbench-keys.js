// The workbench's buttons and keys.

// False, and the key keeps its own meaning, where there is nothing to act on.
import { gettext, gettext_noop } from "../words.js";

function act(element, verb) {
  element?.[verb]();
  return Boolean(element);
}

export function bindWorkbench({ root, part, hotkeys, feedback, guidelines, holding, asking, submit, skip, open }) {
  const group = gettext_noop("Work");
  const pressed = (event) => {
    if (!feedback.visible) return submit(event);
    if (!event.repeat) open();
    return undefined;
  };
  part("submit").addEventListener("click", submit);
  part("ask").addEventListener("click", () => asking.open());
  part("guideline-toggle").addEventListener("click", () => guidelines.toggle());
  document.querySelector("#skip form").addEventListener("submit", skip);
  document.getElementById("skip-other").addEventListener("input", (event) => {
    if (event.target.value) document.querySelector('#skip [value="other"]').checked = true;
  });
  const skipDialog = document.getElementById("skip");
  hotkeys.bind("Mod+Enter", gettext_noop("Hand in and go on"), pressed, { group, deliberate: true });
  hotkeys.bind("Shift+z", gettext_noop("Take the last hand-in back"), () => holding.undo(), { group });
  hotkeys.bind("Shift+k", gettext_noop("Skip"), () => { if (!part("skip").disabled) skipDialog.showModal(); }, { group });
  hotkeys.bind("Shift+a", gettext_noop("Ask, or report the image"), () => asking.open(), { group });
  hotkeys.bind("g", gettext_noop("Show or hide the guideline"), () => guidelines.toggle(), { group });
  hotkeys.bind("Shift+g", gettext_noop("Find in the guideline"), () => guidelines.find(), { group });
  hotkeys.bind("/", gettext_noop("Find an answer"), () => act(root.querySelector(".picker__input"), "focus"), { group });
  for (let n = 1; n <= 6; n += 1) {
    hotkeys.bind(`Alt+${n}`, gettext("Answer used last, number {n}", { n }), () => act(root.querySelector(`.picker [data-recent="${n}"]`), "click"), { group, fixed: true });
  }
  hotkeys.refresh();
}
