// The guideline version an image was given out under: its schema for the editor, its text beside the image.

import { call } from "./api.js";
import { toast } from "./toasts.js";

export function createGuidelines({ project, first, panel }) {
  const known = new Map(first ? [[first.number, first]] : []);
  let shown = null;

  async function find(number) {
    if (!known.has(number)) known.set(number, (await call("GET", `projects/${project}/guidelines/${number}/`)).body);
    return known.get(number);
  }

  async function showText(number) {
    const body = panel.querySelector("[data-guideline-body]");
    try {
      const response = await fetch(`/projects/${project}/guidelines/${number}/text/`, { credentials: "same-origin" });
      if (response.ok) body.innerHTML = await response.text(); // sanitised by the server, which alone writes it
    } catch {
      toast("The guideline's text could not be loaded.", { kind: "warn" });
    }
  }

  return {
    async use(number, editor) {
      if (shown === number) return;
      const guideline = await find(number);
      editor.setSchema(guideline.schema);
      panel.querySelector("[data-guideline-number]").textContent = number;
      if (shown !== null) {
        toast(`This image follows guideline version ${number}.`);
        await showText(number);
      }
      shown = number;
    },
    toggle() {
      panel.hidden = !panel.hidden;
      document.querySelector('[data-part="guideline-toggle"]').setAttribute("aria-expanded", String(!panel.hidden));
    },
  };
}
