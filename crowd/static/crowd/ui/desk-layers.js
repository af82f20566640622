// Each worker's answer as a layer over the image, beside the consensus and the reviewer's own ruling.

import { colourOf } from "../canvas/paint.js";
import { paintLayer } from "../canvas/paint-layers.js";
import { hits, areaOf } from "../geometry/outlines.js";
import * as masks from "../geometry/masks.js";
import { CONSENSUS } from "../labels/rulings.js";
import { h, swatch } from "./dom.js";
import { keycaps } from "./hotkeys.js";
import { counted, letter, words } from "./layers.js";

const PALETTE = 8;
export const RULING = "ruling";
export const RULED = "#c8ff3e";
const PLAIN = { colour: "worker", strength: 1 };

// The rows of a task: the consensus, the known answer, then the workers in the order in which they answered.
export function rowsOf({ answers, consensus, gold, rulings = [] }) {
  return [
    ...(consensus ? [{ id: CONSENSUS, name: "Consensus", annotation: consensus.annotation, facts: [`${consensus.confidence.toFixed(2)} confident`, consensus.agreement === null ? "" : `${consensus.agreement.toFixed(2)} agreement`] }] : []),
    ...(gold ? [{ id: "gold", name: "Gold", annotation: gold.annotation, facts: [gold.seen ? `passed by ${gold.passed} of ${gold.seen}` : "nobody has met it"] }] : []),
    ...rulings.map((ruling) => ({ ...ruling, name: `Ruling of ${ruling.by}`, facts: [] })),
    ...answers.map((answer, index) => ({
      ...answer, name: letter(index), number: index + 1, tone: (index % PALETTE) + 1, pattern: Math.floor(index / PALETTE),
      facts: [
        answer.weight === null ? "" : `weight ${answer.weight.toFixed(2)}`,
        answer.gold[1] ? `gold ${answer.gold[0]} of ${answer.gold[1]}` : "",
        answer.seconds >= 1 ? `${Math.round(answer.seconds)} s` : "",
        answer.readable ? "" : `under guideline ${answer.guideline}, does not fit any more`,
      ],
    })),
  ];
}

function within(object, point, tolerance, skeleton) {
  return object.mask ? masks.contains(object.mask, point) : hits(object, point, tolerance, skeleton);
}

const sizeOf = (object) => (object.mask ? masks.area(object.mask) : areaOf(object));

export function createLayers({ root, editor, onTake, onEdit }) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const list = part("layers");
  let rows = [];
  let shown = new Set();
  let before = null; // what was shown before one layer was looked at alone
  let options = { ...PLAIN };
  let visible = true;

  const colour = (row, label) => {
    if (options.colour === "label") return colourOf(editor.classOf(label));
    if (row.id === "gold") return "#ffd700";
    return row.tone ? colourOf({ tone: row.tone }) : "#ffffff";
  };

  function paintRow(ctx, scale, row) {
    const settled = row.id === CONSENSUS;
    const style = (label) => ({ colour: colour(row, label), skeleton: editor.classOf(label)?.skeleton, dashed: settled, selected: settled, pattern: row.pattern ?? 0 });
    ctx.save();
    ctx.globalAlpha = options.strength;
    paintLayer(ctx, scale, row.annotation?.objects ?? [], style);
    ctx.restore();
  }

  function toggle(id) {
    before = null;
    if (shown.has(id)) shown.delete(id);
    else shown.add(id);
    render();
  }

  function only(id) {
    const alone = shown.size === 1 && shown.has(id);
    if (alone) [shown, before] = [before ?? new Set(rows.map((row) => row.id)), null];
    else [before, shown] = [before ?? shown, new Set([id])];
    render();
  }

  const drawn = () => editor.classes.length > 0;

  function entry(row) {
    const link = (text, run, label) => h("button", { type: "button", class: "link", "aria-label": label, onclick: run, dataset: { focus: `${text} ${row.id}` } }, text);
    const take = row.number && row.readable
      ? h("button", { type: "button", class: "button layer__take", "aria-label": `Take the answer of ${row.name}`, onclick: () => onTake(row.id), dataset: { focus: `take ${row.id}` } }, "Take", row.number < 10 ? h("span", { class: "choice__key", "aria-hidden": "true" }, keycaps(String(row.number))) : null)
      : null;
    const mark = drawn()
      ? h("input", { type: "checkbox", checked: shown.has(row.id), onchange: () => toggle(row.id), dataset: { focus: row.id }, "aria-label": `Show ${row.name}` })
      : null;
    return h("li", { class: `layer${shown.has(row.id) ? "" : " layer--off"}` },
      h("div", { class: "layer__row" },
        h("label", {}, mark, swatch(options.colour === "label" ? "#8b8b84" : colour(row)), h("strong", {}, row.name), h("span", { class: "layer__who muted small" }, row.worker ?? "")),
        take),
      h("p", { class: "layer__answer" }, h("span", { class: "layer__facts" }, row.facts.filter(Boolean).join(" · ")), drawn() ? counted(row.annotation).join(" · ") || "nothing drawn" : words(row.annotation)),
      h("span", { class: "layer__actions" },
        drawn() ? link("Only", () => only(row.id), `Show only ${row.name}`) : null,
        link("Edit", () => onEdit(row), `Edit the answer of ${row.name}`)));
  }

  function render() {
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    list.replaceChildren(...rows.map(entry));
    if (focused) list.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
    part("layers-count").textContent = rows.filter((row) => row.number).length || "";
    editor.board.repaint();
  }

  return {
    toggle,
    only,
    paintRow,
    render,
    get rows() { return rows; },
    get options() { return options; },
    row: (id) => rows.find((row) => row.id === id) ?? null,
    isShown: (id) => shown.has(id),
    adjust(next) {
      options = { ...options, ...next };
      render();
    },
    use(data) {
      rows = rowsOf(data);
      shown = new Set(rows.filter((row) => row.id !== "gold").map((row) => row.id));
      before = null;
      render();
    },
    hide(wanted) {
      visible = !wanted;
      editor.board.repaint();
    },
    paint(ctx, scale) {
      if (visible) for (const row of [...rows].reverse()) if (shown.has(row.id)) paintRow(ctx, scale, row);
    },
    // {row, place} of the smallest object under a point, of the layers that are shown; null for none.
    at(point, tolerance) {
      let best = null;
      for (const row of rows) {
        if (!visible || !shown.has(row.id) || row.id === "gold") continue;
        (row.annotation?.objects ?? []).forEach((object, place) => {
          if (!within(object, point, tolerance, editor.classOf(object.label)?.skeleton)) return;
          const size = sizeOf(object);
          if (!best || size < best.size) best = { row, place, size };
        });
      }
      return best;
    },
  };
}
