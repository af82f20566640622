// The guideline version an image was given out under: its schema for the editor, its text beside the image.

import { call } from "./api.js";
import { createFinder } from "./finder.js";
import { toast } from "./toasts.js";
import { gettext } from "../words.js";

export async function fetchPage(path) {
  const response = await fetch(path, { credentials: "same-origin" });
  if (!response.ok || response.redirected) throw new Error(gettext("It could not be loaded."));
  return response.text(); // sanitised by the server, which alone writes it
}

export function createGuidelines({ project, first, panel, shelf, onChange = () => {} }) {
  const known = new Map(first ? [[first.number, first]] : []);
  const body = panel.querySelector("[data-guideline-body]");
  const button = document.querySelector('[data-part="guideline-toggle"]');
  const input = panel.querySelector("[data-guideline-find]");
  const finder = createFinder({ input, count: panel.querySelector("[data-guideline-count]"), body });
  let shown = null;
  let written = first?.number ?? null; // whose text is in the panel

  async function find(number) {
    if (!known.has(number)) known.set(number, (await call("GET", `projects/${project}/guidelines/${number}/`)).body);
    return known.get(number);
  }

  async function showText(number) {
    try {
      body.innerHTML = await fetchPage(`/projects/${project}/guidelines/${number}/text/`);
      written = number;
      finder.find();
    } catch {
      toast(gettext("The guideline's text could not be loaded."), { kind: "warn" });
    }
  }

  function open(wanted) {
    panel.hidden = !wanted;
    button.setAttribute("aria-expanded", String(wanted));
    shelf.write("guideline-open", wanted);
  }

  panel.querySelector("[data-guideline-close]").addEventListener("click", () => { open(false); button.focus(); });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) { open(false); button.focus(); }
  });
  const wide = window.matchMedia("(min-width: 60.01rem)");
  if (wide.matches && shelf.read("guideline-open", false)) open(true);

  return {
    // So that `use` has it at hand.
    load: find,
    use(number, editor) {
      if (shown === number) return;
      editor.setSchema(known.get(number).schema);
      panel.querySelector("[data-guideline-number]").textContent = number;
      if (written !== number) showText(number);
      const before = shown;
      shown = number;
      onChange(number, before);
    },
    toggle() {
      open(panel.hidden);
      if (!panel.hidden && !wide.matches) panel.focus();
    },
    // To type at once what is looked for.
    find() {
      open(true);
      input.focus();
      input.select();
    },
  };
}
