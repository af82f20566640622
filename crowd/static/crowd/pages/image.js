// One image with what was said of it: each answer a layer that is shown or hidden.

import { createBoard } from "../canvas/board.js";
import { colourOf, paintObject } from "../canvas/paint.js";
import { h, json, swatch } from "../ui/dom.js";
import { words } from "../ui/layers.js";
import { loadImage } from "../ui/queue.js";
import { toast } from "../ui/toasts.js";

const { image, layers, schema } = json("image-data");
const list = document.querySelector('[data-part="layers"]');
const board = createBoard(document.querySelector('[data-part="board"]'));
const skeletons = new Map((schema.objects ?? []).map((one) => [one.name, one.skeleton ?? null]));
const tones = new Map(layers.filter((layer) => !["consensus", "gold"].includes(layer.id)).map((layer, index) => [layer.id, (index % 8) + 1]));
const first = layers.find((layer) => layer.annotation);
const shown = new Set(first ? [first.id] : []);
const colour = (layer) => (tones.has(layer.id) ? colourOf({ tone: tones.get(layer.id) }) : "#ffffff");

board.paint("layers", (ctx, scale) => {
  for (const layer of [...layers].reverse()) {
    if (!shown.has(layer.id)) continue;
    const settled = !tones.has(layer.id);
    for (const object of layer.annotation?.objects ?? []) {
      paintObject(ctx, scale, object, { colour: colour(layer), selected: settled, proposed: layer.id === "prelabel", opacity: 0.06, skeleton: skeletons.get(object.label) });
    }
  }
});

function entry(layer) {
  const drawn = (layer.annotation?.objects ?? []).length > 0;
  const toggle = h("input", { type: "checkbox", checked: shown.has(layer.id), disabled: !drawn, "aria-label": `Show ${layer.name}` });
  toggle.addEventListener("change", () => {
    if (toggle.checked) shown.add(layer.id);
    else shown.delete(layer.id);
    board.repaint();
  });
  return h("li", { class: "layer" },
    h("div", { class: "layer__row" }, h("label", {}, toggle, swatch(colour(layer)), h("strong", {}, layer.name))),
    h("span", { class: "layer__facts muted small" }, layer.facts.join(" · ")),
    layer.annotation ? h("p", { class: "layer__answer" }, words(layer.annotation)) : null);
}

list.replaceChildren(...layers.map(entry));
loadImage(image.url, image)
  .catch((error) => { toast(error.message, { kind: "bad" }); return null; })
  .then((element) => board.setImage(element, image));
window.addEventListener("themechange", () => board.repaint());
