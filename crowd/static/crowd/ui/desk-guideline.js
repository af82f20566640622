// The guideline beside the image: first what it says of the classes and questions in question here, then all of it.

import { h } from "./dom.js";
import { flatOptions } from "../labels/schemas.js";

function told(item) {
  const options = flatOptions(item.options).filter((option) => option.description);
  return h("li", {},
    h("strong", {}, item.name), item.description ? ` – ${item.description}` : "",
    options.length ? h("ul", {}, options.map((option) => h("li", {}, h("strong", {}, option.path), ` – ${option.description}`))) : null);
}

export function createGuideline({ root, schema, shelf }) {
  const panel = root.querySelector('[data-part="guideline"]');
  const button = document.querySelector('[data-part="guideline-toggle"]');
  const first = panel.querySelector('[data-part="in-question"]');
  const examples = panel.querySelector(".examples");
  const items = [...(schema.classifications ?? []), ...(schema.objects ?? [])];

  function open(wanted) {
    panel.hidden = !wanted;
    button.setAttribute("aria-expanded", String(wanted));
    shelf.write("guideline-open", wanted);
  }

  // The examples of what is in question stand first among the examples.
  function sortExamples(names) {
    if (!examples) return;
    const headings = [...examples.querySelectorAll("h3")];
    for (const heading of headings.filter((one) => names.has(one.textContent)).reverse()) {
      const below = heading.nextElementSibling;
      examples.prepend(heading, below);
    }
  }

  panel.querySelector("[data-guideline-close]").addEventListener("click", () => { open(false); button.focus(); });
  button.addEventListener("click", () => open(panel.hidden));
  if (window.matchMedia("(min-width: 75rem)").matches && shelf.read("guideline-open", false)) open(true);

  return {
    toggle: () => open(panel.hidden),
    show(names) {
      const found = items.filter((item) => names.has(item.name));
      first.hidden = !found.length;
      first.querySelector("ul").replaceChildren(...found.map(told));
      sortExamples(names);
    },
  };
}
