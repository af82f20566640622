// On every page: the theme switch, htmx's faults as toasts, menus that close, forms that ask before what cannot be undone.

import { toast } from "../ui/toasts.js";
import { gettext } from "../words.js";

const THEMES = ["system", "light", "dark"];

function showTheme() {
  const theme = localStorage.getItem("crowd:theme") ?? "system";
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  }
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-theme-choice]")?.dataset.themeChoice;
  if (THEMES.includes(choice)) {
    if (choice === "system") localStorage.removeItem("crowd:theme");
    else localStorage.setItem("crowd:theme", choice);
    document.documentElement.toggleAttribute("data-theme", choice !== "system");
    if (choice !== "system") document.documentElement.dataset.theme = choice;
    showTheme();
    window.dispatchEvent(new Event("themechange"));
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;

  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog")?.close();
  const copied = event.target.closest("[data-copy]");
  if (copied) navigator.clipboard?.writeText(copied.dataset.copy).then(() => toast(gettext("Copied.")));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("htmx:sendError", () => toast(gettext("The server cannot be reached."), { kind: "bad" }));
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.getResponseHeader("HX-Trigger")) return;
  toast(gettext("That did not work: the server answered {status}.", { status: event.detail.xhr.status }), { kind: "bad" });
});
document.addEventListener("toast", (event) => toast(event.detail.text, { kind: event.detail.kind }));

for (const dialog of document.querySelectorAll("dialog[data-open]")) dialog.showModal();
showTheme();
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
