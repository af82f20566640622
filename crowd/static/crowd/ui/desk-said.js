// What people said of the image: disputes and reports of workers, the known answer, and what happened so far.

import { h } from "./dom.js";
import { letter } from "./layers.js";

const TITLES = { dispute: "disagrees with what was expected", question: "asks", image: "says something is wrong with the image" };

const time = new Intl.DateTimeFormat(document.documentElement.lang || "en", { dateStyle: "medium", timeStyle: "short" });

function when(at) {
  return h("time", { class: "muted small", datetime: at }, time.format(new Date(at)));
}

function word(one, answers) {
  const index = answers.findIndex((answer) => answer.id === one.by);
  const who = index < 0 ? one.worker || "A worker" : letter(index);
  return h("li", { class: "said" },
    h("p", {}, h("strong", {}, who), ` ${TITLES[one.kind] ?? "says"} `, when(one.at)),
    h("blockquote", {}, one.text),
    one.told ? h("p", { class: "muted small" }, `Answered: ${one.told}`) : null);
}

function known(gold) {
  const rate = gold.seen ? `${gold.passed} of ${gold.seen} passed it (${Math.round((100 * gold.passed) / gold.seen)} %)` : "Nobody has met it yet";
  return h("li", { class: "said" },
    h("p", {}, h("strong", {}, "This image is gold. "), `${rate}${gold.word ? `: ${gold.word}` : ""}.`),
    gold.explanation ? h("blockquote", {}, gold.explanation) : null);
}

export function createSaid(root) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  return {
    show({ said, gold, answers, history }) {
      const lines = [...(gold ? [known(gold)] : []), ...said.map((one) => word(one, answers))];
      part("said-box").hidden = !lines.length;
      part("said").replaceChildren(...lines);
      part("history").replaceChildren(...history.map((one) => h("li", { class: "moment" }, h("span", {}, one.text, one.who ? h("span", { class: "muted" }, ` · ${one.who}`) : null), when(one.at))));
      part("history-box").hidden = !history.length;
      part("history-count").textContent = history.length || "";
    },
  };
}
