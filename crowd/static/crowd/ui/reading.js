// A new guideline version: what changed is shown; where the project asks for it, read and acknowledged before the next image.

import { call } from "./api.js";
import { h, icon } from "./dom.js";
import { fetchPage } from "./guidelines.js";
import { toast } from "./toasts.js";
import { gettext } from "../words.js";

async function changesOf(project, before, after) {
  const box = h("div", { class: "reading__text stack", tabIndex: 0, role: "region", "aria-label": before ? gettext("What changed") : gettext("The guideline") });
  try {
    box.innerHTML = await fetchPage(`/projects/${project}/label/changes/${before ?? 0}/${after}/`);
  } catch {
    box.append(h("p", {}, gettext("What changed could not be loaded."), " ", h("a", { href: `/projects/${project}/guidelines/${after}/`, target: "_blank" }, gettext("Read version {number} on its own page", { number: after }))));
  }
  return box;
}

// The button works once the end of the text has been in sight.
function readFirst(text, button) {
  const end = h("p", { class: "muted small", tabIndex: -1 }, gettext("That is all."));
  text.append(end);
  const unlock = () => { button.removeAttribute("aria-disabled"); hint.hidden = true; };
  const hint = h("p", { class: "muted small" }, gettext("Read to the end first."));
  new IntersectionObserver((entries, observer) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    unlock();
  }, { root: text }).observe(end);
  return hint;
}

// Shown in place of the image until it is acknowledged.
export async function askToRead(panel, { project, number, known, acknowledged }) {
  const before = known !== null && known < number ? known : null;
  const text = await changesOf(project, before, number);
  const button = h("button", {
    type: "button", class: "button button--primary", "aria-disabled": "true",
    async onclick() {
      if (button.getAttribute("aria-disabled")) { text.focus(); return; }
      try {
        await call("POST", `projects/${project}/guidelines/${number}/acknowledge/`);
        acknowledged(number);
      } catch (error) {
        toast(error.message, { kind: "bad" });
      }
    },
  }, gettext("I have read it"));
  const hint = readFirst(text, button);
  panel.replaceChildren(
    h("div", { class: "reading card" },
      h("div", { class: "reading__head" }, icon("book"),
        h("div", {}, h("h2", {}, before ? gettext("A new guideline version") : gettext("First read the guideline")),
          h("p", { class: "muted" }, before ? gettext("Version {number} is in force; you know version {before}. This is what changed.", { number, before }) : gettext("Version {number}. It says what to label, and how.", { number })))),
      text,
      h("div", { class: "reading__foot" }, hint, h("a", { class: "button button--quiet", href: `/projects/${project}/guidelines/${number}/`, target: "_blank" }, gettext("On its own page")), button)),
  );
  text.focus({ preventScroll: true });
}

// Where nobody has to acknowledge it: told once, and put away.
export async function tellChange(notices, { project, number, known, onSeen }) {
  const details = h("details", {}, h("summary", {}, gettext("See what changed")));
  details.addEventListener("toggle", async () => { if (details.open && details.children.length < 2) details.append(await changesOf(project, known, number)); });
  notices.show("guideline", {
    sign: "book", body: [h("p", {}, h("strong", {}, gettext("Guideline version {number} is in force", { number })), known ? ` – ${gettext("you worked under version {known}.", { known })}` : "."), details], onClose: onSeen,
  });
}
