// What people said of the image: disputes and reports of workers, comments of reviewers, the known answer, and what
// happened so far.

import { h } from "./dom.js";
import { letter } from "./layers.js";

const TITLES = { dispute: "disagrees with what was expected", question: "asks", image: "says something is wrong with the image" };

const time = new Intl.DateTimeFormat(document.documentElement.lang || "en", { dateStyle: "medium", timeStyle: "short" });

function when(at) {
  return h("time", { class: "muted small", datetime: at }, time.format(new Date(at)));
}

function line(who, words, at, text, more = null) {
  return h("li", { class: "said" }, h("p", {}, h("strong", {}, who), ` ${words} `, at ? when(at) : null), h("blockquote", {}, text), more);
}

function ofWorker(one, answers) {
  const index = answers.findIndex((answer) => answer.id === one.by);
  const who = index < 0 ? one.worker || "A worker" : letter(index);
  return line(who, TITLES[one.kind] ?? "says", one.at, one.text, one.told ? h("p", { class: "muted small" }, `Answered: ${one.told}`) : null);
}

function known(gold, page) {
  const rate = gold.seen ? `${gold.passed} of ${gold.seen} passed it (${Math.round((100 * gold.passed) / gold.seen)} %)` : "Nobody has met it yet";
  return h("li", { class: "said" },
    h("p", {}, h("strong", {}, "This image is gold. "), `${rate}${gold.word ? `: ${gold.word}` : ""}. Its answer is not ruled on but corrected.`),
    gold.explanation ? h("blockquote", {}, gold.explanation) : null,
    h("p", {}, h("a", { href: `${page}${gold.id}/` }, "Correct or withdraw it"), " · ", h("a", { href: page }, "Answer the disputes")));
}

export function createSaid(root, { gold: page, words }) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  return {
    show({ said, gold, answers, history, conflict }) {
      const handed = conflict?.reason ? [line(conflict.escalated_by ?? "A worker", conflict.escalated_by ? `escalated this (${words[conflict.cause].toLowerCase()})` : "says", null, conflict.reason)] : [];
      const comments = (conflict?.comments ?? []).map((one) => line(one.by, "says", one.at, one.text));
      const lines = [...(gold ? [known(gold, page)] : []), ...handed, ...said.map((one) => ofWorker(one, answers)), ...comments];
      part("said-box").hidden = !lines.length;
      part("said").replaceChildren(...lines);
      part("history").replaceChildren(...history.map((one) => h("li", { class: "moment" }, h("span", {}, one.text, one.who ? h("span", { class: "muted" }, ` · ${one.who}`) : null), when(one.at))));
      part("history-box").hidden = !history.length;
      part("history-count").textContent = history.length || "";
    },
  };
}
