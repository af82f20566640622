// The ways to draw the chosen class, over the image: brush, eraser, fill, smart …, with the brush's size.

import { brushSize, setBrushSize, SIZES, stepBrushSize } from "../tools/brush.js";
import { toolFor, waysFor } from "../tools/registry.js";
import { h } from "./dom.js";
import { keycaps } from "./hotkeys.js";
import { gettext, gettext_noop } from "../words.js";

const GROUP = gettext_noop("Drawing");
const LOG = Math.log(SIZES.most / SIZES.least);

export function createWays(editor, stage) {
  const buttons = h("div", { class: "ways__row", role: "group", "aria-label": gettext("Ways to draw") });
  const size = h("input", { type: "range", min: "0", max: "100", class: "ways__range", "aria-label": gettext("Brush size"), oninput: () => resize(SIZES.least * Math.exp((LOG * size.value) / 100)) });
  const said = h("output", { class: "num small" });
  const sized = h("label", { class: "ways__size" }, h("span", {}, gettext("Size")), size, said);
  const element = h("div", { class: "ways", hidden: true }, buttons, sized);
  let shown = "";
  let schema = null; // whose keys are bound: its own come after those of the schema
  let chosen = null; // the way's name, kept from class to class
  stage.append(element);

  // By hand, where the shape's own tool is not one of the ways already.
  function list(item) {
    const ways = item && !editor.readOnly ? waysFor(item.shape, editor) : [];
    if (!ways.length || item.shape === "mask") return ways;
    return [{ name: "hand", title: gettext_noop("By hand"), key: "Shift+b", draw: toolFor(item.shape).draw }, ...ways];
  }

  function current(item) {
    const ways = list(item);
    return ways.find(({ name }) => name === chosen) ?? ways[0] ?? null;
  }

  function resize(next) {
    setBrushSize(next);
    show();
    editor.board.redraw();
  }

  function use(way) {
    chosen = way.name;
    editor.board.use(way.draw(editor));
    editor.render();
  }

  function show() {
    const ways = list(editor.activeClass);
    const now = current(editor.activeClass);
    element.hidden = ways.length < 2;
    sized.hidden = !editor.board.tool?.sized;
    size.value = (100 * Math.log(brushSize() / SIZES.least)) / LOG;
    said.textContent = `${brushSize()} px`;
    const facts = JSON.stringify([ways.map(({ name }) => name), now?.name]);
    if (facts === shown && schema === editor.schema) return;
    [shown, schema] = [facts, editor.schema];
    const focused = buttons.contains(document.activeElement) ? document.activeElement.dataset.way : null;
    buttons.replaceChildren(...ways.map((way) =>
      h("button", { type: "button", class: "class-button", "aria-pressed": String(way === now || way.name === now?.name), dataset: { way: way.name }, onclick: () => use(way) },
        gettext(way.title), h("span", { class: "class-button__key", "aria-hidden": "true" }, keycaps(way.key)))));
    if (focused) buttons.querySelector(`[data-way="${focused}"]`)?.focus({ preventScroll: true });
    bind(ways);
  }

  function bind(ways) {
    editor.hotkeys.clear(GROUP);
    ways.forEach((way) => editor.hotkeys.bind(way.key, way.title, () => use(way), { group: GROUP }));
    if (!ways.some(({ name }) => name === "brush")) return;
    const step = (by) => () => {
      stepBrushSize(by);
      show();
      editor.board.redraw();
    };
    editor.hotkeys.bind(",", gettext_noop("Smaller brush"), step(-1), { group: GROUP });
    editor.hotkeys.bind(".", gettext_noop("Larger brush"), step(1), { group: GROUP });
  }

  return {
    render: show,
    // How the class is drawn now: what the editor gives the board.
    handlerFor: (item) => (current(item) ?? toolFor(item.shape)).draw(editor),
  };
}
