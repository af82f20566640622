// One thing on the image at a time: who drew it, how far they agree, and whose version the ruling has.

import { boundsOf } from "../geometry/outlines.js";
import * as masks from "../geometry/masks.js";
import { paintTag } from "../canvas/paint.js";
import { CONSENSUS, placesIn, sourceOf } from "../labels/rulings.js";
import { h } from "./dom.js";
import { keycaps } from "./hotkeys.js";

const objectsOf = (row, group) => placesIn(group, row.id).map((place) => row.annotation.objects[place]).filter(Boolean);

export function createThings({ root, editor, layers, onTake, onLeave }) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  let groups = [];
  let chosen = -1;
  let ruling = null;

  const workers = () => layers.rows.filter((row) => row.number && row.readable);
  const having = (group) => layers.rows.filter((row) => objectsOf(row, group).length);
  const labelOf = (group) => objectsOf(having(group)[0], group)[0].label;

  function facts(group) {
    const drew = workers().filter((row) => objectsOf(row, group).length);
    return [`drawn by ${drew.length} of ${workers().length}`, group.agreement === null ? "" : `${group.agreement.toFixed(2)} agreement`].filter(Boolean).join(" · ");
  }

  function chip(row, group, from) {
    const key = row.id === CONSENSUS ? "0" : row.number < 10 ? String(row.number) : null;
    return h("button", {
      type: "button", class: "button thing__source", "aria-pressed": String(from === row.id), dataset: { focus: row.id },
      "aria-label": `Take this ${labelOf(group)} from ${row.name}`, onclick: () => onTake(chosen, row.id),
    }, row.name, objectsOf(row, group)[0].label === labelOf(group) ? null : h("small", {}, objectsOf(row, group)[0].label), key ? h("span", { class: "choice__key", "aria-hidden": "true" }, keycaps(key)) : null);
  }

  function render() {
    const box = part("thing-box");
    const group = groups[chosen];
    box.hidden = !group;
    part("things-count").textContent = groups.filter(({ disputed }) => disputed).length || "none";
    part("things").hidden = !groups.length;
    editor.board.repaint();
    if (!group) return;
    const focused = box.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    const from = ruling ? sourceOf(ruling, chosen) : group.kept.length ? CONSENSUS : null;
    part("thing").replaceChildren(
      h("p", { class: "thing__title" }, h("strong", {}, labelOf(group)), h("span", { class: "muted small" }, ` ${facts(group)}`)),
      h("div", { class: "buttons thing__sources", role: "group", "aria-label": "Whose version" },
        having(group).filter((row) => row.id !== "gold").map((row) => chip(row, group, from)),
        h("button", { type: "button", class: "button thing__source", "aria-pressed": String(from === null), dataset: { focus: "none" }, onclick: () => onLeave(chosen) }, "Leave out", h("span", { class: "choice__key", "aria-hidden": "true" }, keycaps("Delete")))));
    if (focused) box.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }

  return {
    get chosen() { return chosen; },
    get groups() { return groups; },
    objectsOf,
    sets: (group) => workers().map((row) => objectsOf(row, group)).filter((objects) => objects.length),
    use(next) {
      groups = next;
      chosen = -1;
      render();
    },
    show(next) {
      ruling = next;
      render();
    },
    choose(at) {
      chosen = at;
      render();
    },
    step(by) {
      if (!groups.length) return false;
      chosen = (chosen + by + groups.length + (chosen < 0 && by < 0 ? 1 : 0)) % groups.length;
      render();
      return true;
    },
    disputedLabels: () => new Set(groups.filter(({ disputed }) => disputed).flatMap((group) => having(group).map((row) => objectsOf(row, group)[0].label))),
    paint(ctx, scale) {
      const group = groups[chosen];
      if (!group) return;
      const boxes = having(group).flatMap((row) => objectsOf(row, group)).map((object) => (object.mask ? masks.bounds(object.mask) : boundsOf(object))).filter(Boolean);
      if (!boxes.length) return;
      const [left, top] = [Math.min(...boxes.map(([x]) => x)), Math.min(...boxes.map(([, y]) => y))];
      const [right, bottom] = [Math.max(...boxes.map(([x, , w]) => x + w)), Math.max(...boxes.map(([, y, , high]) => y + high))];
      const gap = 6 / scale;
      ctx.lineWidth = 1.5 / scale;
      for (const [style, dash] of [["rgb(0 0 0 / 60%)", []], ["#fff", [4 / scale, 4 / scale]]]) {
        ctx.strokeStyle = style;
        ctx.setLineDash(dash);
        ctx.strokeRect(left - gap, top - gap, right - left + 2 * gap, bottom - top + 2 * gap);
      }
      ctx.setLineDash([]);
      paintTag(ctx, scale, [left - gap, top - gap], `${labelOf(group)} · ${facts(group)}`, "#ffffff");
    },
  };
}
