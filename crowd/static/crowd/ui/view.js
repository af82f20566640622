// How the image is looked at: brightness, contrast, crosshair, loupe. Kept while the browser's tab is open.

import { h } from "./dom.js";
import { gettext, gettext_noop } from "../words.js";

const KEY = "crowd:view";

function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function createView(editor, stage) {
  const { board, hotkeys } = editor;
  const inputs = {};

  function adjust(next) {
    board.adjust(next);
    try {
      sessionStorage.setItem(KEY, JSON.stringify(board.options));
    } catch {
      // it lasts until the page is left
    }
    show();
  }

  function slider(name, title) {
    inputs[name] = h("input", { type: "range", min: "0.2", max: "3", step: "0.05", oninput: (event) => adjust({ [name]: Number(event.target.value) }) });
    return h("label", { class: "view__row" }, h("span", {}, title), inputs[name]);
  }

  function tick(name, title) {
    inputs[name] = h("input", { type: "checkbox", onchange: (event) => adjust({ [name]: event.target.checked }) });
    return h("label", { class: "view__row view__row--tick" }, inputs[name], h("span", {}, title));
  }

  const reset = h("button", { type: "button", class: "button button--quiet", onclick: () => adjust(board.plain) }, gettext("Reset"));
  const panel = h("div", { class: "view", role: "group", "aria-label": gettext("View"), hidden: true },
    slider("brightness", gettext("Brightness")), slider("contrast", gettext("Contrast")), tick("crosshair", gettext("Crosshair")), tick("loupe", gettext("Loupe")), reset);
  stage.append(panel);

  function show() {
    for (const name of ["brightness", "contrast"]) inputs[name].value = board.options[name];
    for (const name of ["crosshair", "loupe"]) inputs[name].checked = board.options[name];
  }

  board.adjust(remembered());
  show();
  return {
    toggle() {
      panel.hidden = !panel.hidden;
      if (!panel.hidden) inputs.brightness.focus();
      editor.render();
    },
    get open() {
      return !panel.hidden;
    },
    bind() {
      hotkeys.bind("Shift+c", gettext_noop("Crosshair on or off"), () => adjust({ crosshair: !board.options.crosshair }));
      hotkeys.bind("Shift+l", gettext_noop("Loupe on or off"), () => adjust({ loupe: !board.options.loupe }));
      hotkeys.bind("Shift+v", gettext_noop("Brightness, contrast and more"), () => this.toggle());
    },
  };
}
