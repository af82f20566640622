// How the layers are looked at: by whose or which colour, how strong, and with or without how far they are apart.

import { h, icon } from "./dom.js";
import { keycaps } from "./hotkeys.js";

export function createLook({ editor, layers, compare, onChange }) {
  let spread = false;
  const cap = (key) => h("span", { class: "class-button__key", "aria-hidden": "true" }, keycaps(key));
  const button = (text, key, image, run, title) => h("button", { type: "button", class: "class-button", "aria-pressed": "false", title, onclick: run }, icon(image), h("span", { class: "look__word" }, text), cap(key));
  const strength = h("input", { type: "range", class: "look__strength", min: "0.15", max: "1", step: "0.05", value: "1", "aria-label": "How strong the layers are", title: "How strong the layers are", oninput: (event) => layers.adjust({ strength: Number(event.target.value) }) });

  const look = {
    get isSpread() { return spread; },
    colour() {
      layers.adjust({ colour: layers.options.colour === "label" ? "worker" : "label" });
      colours.setAttribute("aria-pressed", String(layers.options.colour === "label"));
      onChange();
    },
    spread() {
      spread = !spread;
      spreads.setAttribute("aria-pressed", String(spread));
      onChange();
    },
  };
  const colours = button("By label", "l", "palette", () => look.colour(), "Colour by label instead of by worker");
  const spreads = button("Spread", "b", "spread", () => look.spread(), "Show how far the drawings of one thing are apart");
  editor.lookBar = h("div", { class: "look", role: "group", "aria-label": "Layers" },
    colours, spreads,
    button("Flicker", "k", "eye", () => compare.toggle("flicker"), "Show two layers in turn"),
    button("Side by side", "d", "sides", () => compare.toggle("sides"), "Show two layers side by side"),
    strength);
  return look;
}
