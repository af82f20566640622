// Each worker's answer as a layer: shown or hidden, in a colour of its own, its answers to the questions in words.

import { colourOf, paintObject } from "../canvas/paint.js";
import { h, swatch } from "./dom.js";
import { keycaps } from "./hotkeys.js";

const CONSENSUS = "consensus";

export function words(annotation) {
  const given = Object.entries(annotation?.classifications ?? {}).filter(([, value]) => !Array.isArray(value) || value.length);
  const said = given.map(([name, value]) => {
    const text = Array.isArray(value) ? value.join(", ") : ({ true: "yes", false: "no" }[String(value)] ?? value);
    return `${name}: ${text}`;
  });
  const counts = new Map();
  for (const { label } of annotation?.objects ?? []) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...said, ...[...counts].map(([label, count]) => `${count} × ${label}`)].join(" · ") || "Nothing";
}

// A, B, … Z, 27, 28: short enough to be spoken of; the pseudonym stands beside it.
export function letter(index) {
  return index < 26 ? String.fromCharCode(65 + index) : String(index + 1);
}

export function createLayers({ root, editor, answers, consensus, onTake, onEdit }) {
  const list = root.querySelector('[data-part="layers"]');
  const box = root.querySelector('[data-part="layers-box"]');
  const shown = new Set([CONSENSUS, ...answers.map((answer) => answer.id)]);
  let visible = true;
  const rows = [
    ...(consensus ? [{ id: CONSENSUS, name: "Consensus", annotation: consensus.annotation, tone: null }] : []),
    ...answers.map((answer, index) => ({ ...answer, name: letter(index), tone: (index % 8) + 1, number: index + 1 })),
  ];
  const colour = (row) => (row.tone ? colourOf({ tone: row.tone }) : "#ffffff");

  editor.board.paint("layers", (ctx, scale) => {
    if (!visible) return;
    for (const row of [...rows].reverse()) {
      if (!shown.has(row.id)) continue;
      for (const object of row.annotation?.objects ?? []) {
        paintObject(ctx, scale, object, { colour: colour(row), dashed: row.id === CONSENSUS, selected: row.id === CONSENSUS, opacity: 0.04, skeleton: editor.classOf(object.label)?.skeleton });
      }
    }
  });

  function toggle(id) {
    if (shown.has(id)) shown.delete(id);
    else shown.add(id);
    render();
  }

  function details(row) {
    if (row.id !== CONSENSUS) return [row.worker, row.weight === null ? "" : `weight ${row.weight.toFixed(2)}`];
    const { confidence, agreement } = consensus;
    return [`${confidence.toFixed(2)} confident`, agreement === null ? "" : `${agreement.toFixed(2)} agreement`];
  }

  function actions(row) {
    const button = (text, run, label) => h("button", { type: "button", class: "link", "aria-label": label, onclick: run }, text);
    return h("span", { class: "layer__actions" },
      row.id === CONSENSUS ? null : button("Take", () => onTake(row.id), `Take the answer of ${row.name}`),
      button("Edit", () => onEdit(row.annotation), `Edit the answer of ${row.name}`));
  }

  function entry(row) {
    const toggler = h("input", { type: "checkbox", checked: shown.has(row.id), onchange: () => toggle(row.id), dataset: { focus: row.id } });
    const key = row.number < 10 ? h("span", { class: "choice__key", "aria-hidden": "true" }, keycaps(String(row.number))) : null;
    return h("li", { class: "layer" },
      h("div", { class: "layer__row" },
        h("label", {}, toggler, swatch(colour(row)), h("strong", {}, row.name), h("span", { class: "muted small" }, details(row).filter(Boolean).join(" · "))),
        key),
      h("p", { class: "layer__answer" }, words(row.annotation)),
      actions(row));
  }

  function render() {
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    list.replaceChildren(...rows.map(entry));
    if (focused) list.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
    editor.board.redraw();
  }

  root.querySelector('[data-part="layers-count"]').textContent = answers.length || "";
  render();
  return {
    toggle,
    set visible(value) {
      visible = value;
      box.hidden = !value;
      editor.board.redraw();
    },
  };
}
