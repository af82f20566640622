// A schema from another tool's file: read by the server, laid into the draft, with a word on what could not be carried.

import { call } from "../api.js";
import { h } from "../dom.js";

export function createImport(form, { project, onSchema }) {
  const part = (name) => form.querySelector(`[data-part="${name}"]`);

  function refuse(error) {
    part("import-errors").hidden = false;
    part("import-errors").replaceChildren(h("li", {}, error.message));
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    part("import-errors").hidden = true;
    part("import-notes").replaceChildren();
    const file = form.elements.file.files[0];
    const format = form.elements.format.value;
    const submit = form.querySelector(".button--primary");
    submit.disabled = true;
    try {
      const text = file ? await file.text() : form.elements.text.value;
      const { body } = await call("POST", `projects/${project}/guidelines/import/`, format ? { text, format } : { text });
      onSchema(body.schema);
      if (!body.notes.length) form.closest("dialog").close();
      else {
        part("import-notes").replaceChildren(h("div", { class: "notice notice--warn" }, h("div", {},
          h("strong", {}, "It is in the draft now. Not everything could be carried:"), h("ul", {}, body.notes.map((note) => h("li", {}, note))))));
      }
    } catch (error) {
      refuse(error);
    }
    submit.disabled = false;
  });
}
