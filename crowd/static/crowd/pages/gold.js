// Planting and correcting gold: the labelling editor with a form under it.

import { call, uniqueKey } from "../ui/api.js";
import { h, json } from "../ui/dom.js";
import { createEditor } from "../ui/editor.js";
import { createHotkeys } from "../ui/hotkeys.js";
import { loadImage } from "../ui/queue.js";
import { toast } from "../ui/toasts.js";

const root = document.getElementById("desk");
const { project, image, schema, gold, annotation, other } = json("desk-data");
const form = root.querySelector('[data-part="gold-form"]');
const errors = root.querySelector('[data-part="errors"]');
const hotkeys = createHotkeys();
const editor = createEditor(root, { hotkeys, say: (text, kind = "info") => toast(text, { kind }) });
const key = uniqueKey();
let changed = false;

function show(error) {
  const { rest } = editor.showFaults(error.errors);
  const lines = rest.length ? rest : [error.message];
  errors.hidden = false;
  errors.replaceChildren(...lines.map((line) => h("li", {}, line)));
}

async function save() {
  const missing = editor.check();
  if (Object.keys(missing).length) {
    editor.showFaults(missing);
    toast("Something is still missing.", { kind: "warn" });
    return;
  }
  const data = new FormData(form);
  const use = data.get("use");
  const body = { annotation: editor.document, explanation: data.get("explanation"), training: use === "training", exam: use === "exam" };
  form.querySelector(".button--primary").disabled = true;
  try {
    if (gold) await call("PATCH", `gold/${gold}/`, body);
    else await call("POST", `projects/${project}/gold/`, { image: String(image.id), ...body }, { key });
    changed = false;
    window.location.assign(form.dataset.back);
  } catch (error) {
    form.querySelector(".button--primary").disabled = false;
    show(error);
  }
}

editor.setSchema(schema);
editor.setDocument(annotation ?? undefined);
editor.onChange(() => { changed = true; });
loadImage(image.url, image)
  .catch((error) => { toast(error.message, { kind: "bad" }); return null; })
  .then((element) => editor.setImage(element, image));
// The answer that the trusted gave: laid into the editor, to be looked at and kept.
document.querySelector('[data-part="take-other"]')?.addEventListener("click", () => {
  editor.setDocument(other);
  changed = true;
  toast("This is what they gave. Keep it, or change it first.");
});
form.addEventListener("submit", (event) => { event.preventDefault(); save(); });
hotkeys.bind("Mod+Enter", "Keep it", save, { group: "Work" });
window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
window.addEventListener("themechange", () => editor.render());
