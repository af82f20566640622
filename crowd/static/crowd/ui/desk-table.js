// What workers answered, a row each, a column for each question: where they differ is marked, and each answer can be
// chosen for the ruling.

import { colourOf } from "../canvas/paint.js";
import { questionsIn, same } from "../labels/rulings.js";
import { h, swatch } from "./dom.js";
import { keycaps } from "./hotkeys.js";
import { said } from "./layers.js";

// Paths may be broken behind their strokes.
function broken(text) {
  return text.split("/").flatMap((piece, i) => (i ? ["/", h("wbr"), piece] : [piece]));
}

// The answer most gave; of equals the first.
function usual(values) {
  const counts = values.map((value) => values.filter((other) => same(value, other)).length);
  return values[counts.indexOf(Math.max(...counts))];
}

export function createTable({ root, editor, onChoose, onTake }) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const holder = part("answers");
  let known = []; // the schema's questions
  let rows = [];

  function cell(row, question, ruled, most) {
    const value = row.annotation?.classifications?.[question.address];
    const chosen = ruled !== null && same(value, ruled.classifications[question.address]);
    const odd = question.disputed && !same(value, most);
    return h("td", {}, h("button", {
      type: "button", class: `answer${odd ? " answer--odd" : ""}`, "aria-pressed": String(chosen), dataset: { focus: `${row.id} ${question.address}` },
      "aria-label": `${question.address}: ${said(value)}, as ${row.name} says`, onclick: () => onChoose(question.address, row),
    }, broken(said(value))));
  }

  function line(row, questions, ruled, most, takes) {
    const facts = [row.worker, ...(row.facts ?? [])].filter(Boolean).join(" · ");
    const name = h("th", { scope: "row", title: facts }, h("span", { class: "answers__who" },
      swatch(row.tone ? colourOf({ tone: row.tone }) : row.id === "gold" ? "#ffd700" : "#ffffff"), h("strong", {}, row.name),
      row.weight === null || row.weight === undefined ? null : h("span", { class: "muted small num" }, row.weight.toFixed(2))),
      takes && row.worker ? h("span", { class: "answers__name muted" }, row.worker) : null);
    const take = row.number && row.readable
      ? h("button", { type: "button", class: "button layer__take", "aria-label": `Take the answer of ${row.name}`, onclick: () => onTake(row.id), dataset: { focus: `take ${row.id}` } }, "Take", row.number < 10 ? h("span", { class: "choice__key", "aria-hidden": "true" }, keycaps(String(row.number))) : null)
      : null;
    return h("tr", {}, name, questions.map((question) => cell(row, question, ruled, most.get(question.address))), takes ? h("td", { class: "answers__take" }, take) : null);
  }

  function heading(question) {
    return h("th", { scope: "col", class: question.disputed ? "answers__disputed" : "" }, question.address, question.disputed ? h("span", { class: "answers__mark", title: "Answers differ" }, h("span", { class: "visually-hidden" }, "answers differ")) : null);
  }

  return {
    use(questions, all) {
      known = questions;
      rows = all;
    },
    // Questions on which answers differ, by their addresses.
    get disputed() {
      return questionsIn(known, rows.filter((row) => row.number).map((row) => row.annotation)).filter((question) => question.disputed).map((question) => question.address);
    },
    show(ruled) {
      const workers = rows.filter((row) => row.number && row.readable);
      const questions = questionsIn(known, workers.map((row) => row.annotation)).sort((a, b) => Number(b.disputed) - Number(a.disputed));
      part("answers-box").hidden = !questions.length;
      if (!questions.length) return;
      const settled = rows.find((row) => row.id === "consensus");
      const most = new Map(questions.map(({ address }) => [address, settled ? settled.annotation?.classifications?.[address] : usual(workers.map((row) => row.annotation?.classifications?.[address]))]));
      const focused = holder.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
      const takes = !editor.classes.length;
      const lines = rows.filter((row) => !row.number || row.readable).map((row) => line(row, questions, ruled, most, takes));
      const own = ruled ? h("tr", { class: "answers__ruling" }, h("th", { scope: "row" }, "Yours"), questions.map(({ address }) => h("td", {}, h("span", { class: "answer answer--own" }, broken(said(ruled.classifications[address]))))), takes ? h("td", {}) : null) : null;
      holder.replaceChildren(h("table", { class: "answers" },
        h("thead", {}, h("tr", {}, h("td", {}), questions.map(heading), takes ? h("td", {}) : null)),
        h("tbody", {}, own, lines)));
      if (focused) holder.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    },
  };
}
