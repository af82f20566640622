// Two layers compared: shown in turn on one image, or side by side on two that move together.

import { createBoard } from "../canvas/board.js";
import { h, icon } from "./dom.js";
import { keycaps } from "./hotkeys.js";

const TURN = 700; // milliseconds each is shown: slow enough for anybody to bear

export function createCompare({ root, editor, choices, paintOne }) {
  const stage = root.querySelector(".editor__stage");
  const bar = root.querySelector('[data-part="compare"]');
  const steady = window.matchMedia("(prefers-reduced-motion: reduce)");
  const [one, other] = [0, 1].map(() => h("span", { class: "board__name", hidden: true }));
  let mode = null; // "flicker" or "sides"
  let pair = [null, null];
  let turn = 0;
  let timer = 0;
  let second = null;
  let picture = [null, { width: 1, height: 1 }];
  let following = false;
  let settled = false;
  stage.append(one, other);

  const nameOf = (id) => choices().find((choice) => choice.id === id)?.name ?? "";

  function follow(board, view) {
    if (following || !settled || mode !== "sides") return;
    following = true;
    board.look(view);
    following = false;
  }

  function names() {
    one.hidden = mode === null;
    other.hidden = mode !== "sides";
    one.textContent = nameOf(pair[mode === "flicker" ? turn : 0]);
    other.textContent = nameOf(pair[1]);
  }

  function flip() {
    turn = 1 - turn;
    names();
    editor.board.repaint();
  }

  function choose(side) {
    return h("select", {
      class: "input", "aria-label": side ? "Compared with" : "Compared", dataset: { focus: `side ${side}` },
      onchange: (event) => { pair[side] = event.target.value; render(); },
    }, choices().map(({ id, name }) => h("option", { value: id, selected: id === pair[side] }, name)));
  }

  function way(name, text, key, image) {
    return h("button", { type: "button", class: "button", "aria-pressed": String(mode === name), onclick: () => toggle(name), dataset: { focus: name } }, icon(image), text, h("span", { "aria-hidden": "true" }, keycaps(key)));
  }

  function render() {
    bar.hidden = mode === null;
    const focused = bar.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    if (mode) bar.replaceChildren(choose(0), choose(1), way("flicker", "Flicker", "k", "eye"), way("sides", "Side by side", "d", "sides"), h("button", { type: "button", class: "button button--quiet button--icon", "aria-label": "Stop comparing", onclick: () => stop() }, icon("x")));
    if (focused) bar.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
    names();
    editor.board.repaint();
    second?.repaint();
  }

  function openSecond() {
    const container = h("div", { class: "board board--second", "aria-hidden": "true" });
    stage.append(container);
    second = createBoard(container);
    second.paint("layers", (ctx, scale) => paintOne(ctx, scale, pair[1]));
    second.setImage(...picture);
    // only a hand on it moves the other
    second.onView((view) => { if (container.matches(":hover, :active")) follow(editor.board, view); });
    settled = false;
    requestAnimationFrame(() => requestAnimationFrame(() => { settled = true; editor.board.fit(); })); // both have their size by then
  }

  function closeSecond() {
    if (!second) return;
    second.destroy();
    second.container.remove();
    second = null;
    editor.board.setImage(...picture); // the copies of a large image went with the other board
  }

  function start(name) {
    const ids = choices().map(({ id }) => id);
    if (ids.length < 2) return false;
    if (!ids.includes(pair[0]) || !ids.includes(pair[1]) || pair[0] === pair[1]) pair = [ids[0], ids[1]];
    clearInterval(timer);
    [mode, turn] = [name, 0];
    stage.dataset.compare = name;
    if (name === "sides" && !second) openSecond();
    if (name !== "sides") closeSecond();
    if (name === "flicker" && !steady.matches) timer = setInterval(flip, TURN);
    render();
    return true;
  }

  function stop() {
    if (!mode) return false;
    clearInterval(timer);
    closeSecond();
    mode = null;
    delete stage.dataset.compare;
    render();
    editor.board.fit();
    return true;
  }

  function toggle(name) {
    if (mode !== name) return start(name);
    if (name === "flicker" && steady.matches) return flip();
    return stop();
  }

  editor.board.onView((view) => { if (second) follow(second, view); });
  return {
    toggle,
    stop,
    get mode() { return mode; },
    // Which two are compared when it is next begun.
    suggest(a, b) { pair = [a, b]; },
    paint: (ctx, scale) => paintOne(ctx, scale, pair[mode === "flicker" ? turn : 0]),
    repaint: () => second?.repaint(),
    setImage(element, size) {
      picture = [element, size];
      second?.setImage(element, size);
    },
  };
}
