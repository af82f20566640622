// The list of uploads: what is under way, how fast, what was refused and why.

import { h } from "./dom.js";
import { createLedger } from "./upload-ledger.js";
import { createQueue } from "./upload-queue.js";
import { byBucket, byPost } from "./upload-ways.js";

const EACH = 250; // ms between two drawings
const MOST_REFUSED = 1000;

export function createUploads({ project, direct, list, onChange }) {
  const rows = new Map(); // of what is under way
  let queue = null;
  let drawn = 0;
  let later = 0;

  function draw(state) {
    drawn = Date.now();
    const now = new Set(state.going.map((one) => one.file));
    for (const [file, row] of rows) if (!now.has(file)) { row.element.remove(); rows.delete(file); }
    for (const { file, loaded } of state.going) {
      if (!rows.has(file)) { rows.set(file, createRow(file)); list.append(rows.get(file).element); }
      rows.get(file).progress(file.size ? loaded / file.size : 1);
    }
    onChange(state);
  }

  function changed(state, over) {
    if (over?.kind === "refused" && list.children.length < MOST_REFUSED) list.prepend(refused(over));
    clearTimeout(later);
    if (over || Date.now() - drawn > EACH) draw(state);
    else later = setTimeout(() => draw(queue.state()), EACH);
  }

  const ready = createLedger(project).then((ledger) => {
    queue = createQueue({ send: (direct ? byBucket : byPost)(project), known: ledger.known, remember: ledger.remember, onChange: changed });
    window.addEventListener("online", () => { if (queue.state().failed) queue.retry(); });
  });

  return {
    get busy() { return queue?.busy ?? false; },
    add: (files) => ready.then(() => queue.add(files)),
    cancel: () => queue?.cancel(),
    retry: () => queue?.retry(),
  };
}

function createRow(file) {
  const state = h("span", { class: "muted small" }, "Being sent");
  const bar = h("progress", { max: 1, value: 0, "aria-label": `Progress of ${file.name}` });
  return {
    element: h("li", {}, h("span", { class: "uploads__name" }, file.name), state, bar),
    progress(share) {
      bar.value = share;
      state.textContent = share < 1 ? `${Math.round(share * 100)} %` : "Being read";
    },
  };
}

function refused({ file, text }) {
  return h("li", { class: "uploads__refused" }, h("span", { class: "uploads__name" }, file.name), h("span", { class: "muted small" }, "Refused"), h("span", { class: "uploads__fault" }, text));
}
