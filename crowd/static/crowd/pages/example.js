// Drawing an example of a guideline: the labelling editor with a form under it. It may be incomplete, or wrong on purpose.

import { call, uniqueKey } from "../ui/api.js";
import { h, json } from "../ui/dom.js";
import { createEditor } from "../ui/editor.js";
import { createHotkeys } from "../ui/hotkeys.js";
import { loadImage } from "../ui/queue.js";
import { toast } from "../ui/toasts.js";

const root = document.getElementById("desk");
const { project, guideline, image, schema, example, annotation } = json("desk-data");
const form = root.querySelector('[data-part="example-form"]');
const errors = root.querySelector('[data-part="errors"]');
const hotkeys = createHotkeys();
const editor = createEditor(root, { hotkeys, say: (text, kind = "info") => toast(text, { kind }) });
const key = uniqueKey();
let changed = false;

async function save() {
  const data = new FormData(form);
  const body = { annotation: editor.document, label: data.get("label"), verdict: data.get("verdict"), note: data.get("note") };
  const path = `projects/${project}/guidelines/${guideline}/examples/`;
  form.querySelector(".button--primary").disabled = true;
  try {
    if (example) await call("PATCH", `${path}${example}/`, body);
    else await call("POST", path, { image: String(image.id), ...body }, { key });
    changed = false;
    window.location.assign(form.dataset.back);
  } catch (error) {
    form.querySelector(".button--primary").disabled = false;
    const { rest } = editor.showFaults(error.errors);
    errors.hidden = false;
    errors.replaceChildren(...(rest.length ? rest : [error.message]).map((line) => h("li", {}, line)));
  }
}

editor.setSchema(schema);
editor.setDocument(annotation ?? undefined);
editor.onChange(() => { changed = true; });
loadImage(image.url, image)
  .catch((error) => { toast(error.message, { kind: "bad" }); return null; })
  .then((element) => editor.setImage(element, image));
form.addEventListener("submit", (event) => { event.preventDefault(); save(); });
hotkeys.bind("Mod+Enter", "Keep it", save, { group: "Work" });
window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
window.addEventListener("themechange", () => editor.render());
