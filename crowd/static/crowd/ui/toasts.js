// Short messages at the edge of the page; faults stay until they are closed.

import { h } from "./dom.js";
import { gettext } from "../words.js";

const SECONDS = 6;

export function toast(text, { kind = "info" } = {}) {
  const shelf = document.getElementById("toasts");
  const close = h("button", { type: "button", "aria-label": gettext("Close"), onclick: () => item.remove() }, "×");
  const item = h("div", { class: `toast toast--${kind}`, role: kind === "bad" ? "alert" : "status" }, h("p", {}, text), close);
  shelf.append(item);
  while (shelf.children.length > 4) shelf.firstElementChild.remove();
  if (kind !== "bad") setTimeout(() => item.remove(), SECONDS * 1000);
  return item;
}
