// Finding words in a text that is on the page: every place marked, one after the other reached.

import { h } from "./dom.js";
import { gettext } from "../words.js";

function clear(body) {
  for (const mark of body.querySelectorAll("mark[data-found]")) mark.replaceWith(...mark.childNodes);
  body.normalize();
}

function texts(body) {
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  return found;
}

function markIn(node, words) {
  const low = node.data.toLowerCase();
  if (low.length !== node.data.length) return []; // letters that grow in lower case: places would not be the same
  const marks = [];
  let rest = node;
  let from = 0;
  for (let at = low.indexOf(words); at >= 0; at = low.indexOf(words, at + words.length)) {
    const hit = rest.splitText(at - from);
    rest = hit.splitText(words.length);
    from = at + words.length;
    const mark = h("mark", { dataset: { found: "" } });
    hit.replaceWith(mark);
    mark.append(hit);
    marks.push(mark);
  }
  return marks;
}

export function createFinder({ input, count, body }) {
  let marks = [];
  let at = -1;

  function go(to) {
    if (!marks.length) return;
    marks[at]?.classList.remove("found--here");
    at = (to + marks.length) % marks.length;
    marks[at].classList.add("found--here");
    marks[at].scrollIntoView({ block: "center" });
    count.textContent = gettext("{at} of {total}", { at: at + 1, total: marks.length });
  }

  function find() {
    clear(body);
    const words = input.value.trim().toLowerCase();
    marks = words.length < 2 ? [] : texts(body).flatMap((node) => markIn(node, words));
    at = -1;
    count.textContent = words.length < 2 ? "" : gettext("Not in this text");
    go(0);
  }

  input.addEventListener("input", find);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) { event.preventDefault(); go(at + (event.shiftKey ? -1 : 1)); }
    if (event.key === "Escape" && input.value) { event.preventDefault(); event.stopPropagation(); input.value = ""; find(); }
  });
  return { find };
}
