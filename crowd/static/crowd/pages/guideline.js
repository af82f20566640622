// Writing a guideline: the schema as a form or as JSON, and beside it what workers will see.

import { createSchemaEditor } from "../ui/schema/editor.js";
import { createImport } from "../ui/schema/importing.js";
import { renderPreview } from "../ui/schema/preview.js";
import { pretty } from "../ui/schema/trees.js";
import { json } from "../ui/dom.js";
import { toast } from "../ui/toasts.js";

const form = document.getElementById("guideline-form");
const area = form.querySelector("textarea[name=schema]");
const part = (name) => form.querySelector(`[data-part="${name}"]`);
const { project, picture } = json("guideline-data");
let own = false; // the JSON is being written by the tree, not by a person
let changed = false;

function look(schema) {
  try {
    renderPreview(part("worker"), schema);
  } catch {
    part("worker").replaceChildren("The schema cannot be shown yet.");
  }
}

const editor = createSchemaEditor(part("tree"), {
  project,
  picture,
  say: (text) => { part("said").textContent = text; },
  onChange(text, schema) {
    own = true;
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true })); // the server looks for faults
    own = false;
    look(schema);
  },
});

function view(name) {
  for (const button of form.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === name));
  part("form").hidden = name !== "form";
  part("json").hidden = name !== "json";
}

function read() {
  const sound = editor.show(area.value);
  part("unreadable").hidden = sound;
  part("tree").hidden = !sound;
  if (sound) look(editor.schema);
  return sound;
}

function faults({ open }) {
  const found = json("schema-faults") ?? {};
  editor.showFaults(found, { open });
  part("fault-count").textContent = Object.keys(found).length || "";
}

form.querySelector("[data-part=views]").hidden = false;
for (const button of form.querySelectorAll("[data-view]")) button.addEventListener("click", () => view(button.dataset.view));
area.addEventListener("input", () => { if (!own) read(); });
form.addEventListener("input", () => { changed = true; });
form.addEventListener("submit", () => { changed = false; });
document.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "preview") faults({ open: false }); });
window.addEventListener("themechange", () => look(editor.schema));
window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });

createImport(document.getElementById("import-form"), {
  project,
  onSchema(schema) {
    area.value = pretty(schema);
    area.dispatchEvent(new Event("input", { bubbles: true }));
    view("form");
    toast("This is what the file says. Look it over, then save the draft.");
  },
});

view(read() ? "form" : "json");
faults({ open: true });
