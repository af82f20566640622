// After a training image: the worker's answer and the expected one, each shown or hidden, with the score in words.

import { paintObject } from "../canvas/paint.js";
import { call, uniqueKey } from "./api.js";
import { h } from "./dom.js";
import { toast } from "./toasts.js";
import { gettext } from "../words.js";

const EXPECTED = "#e69f00";

export function inWords(score) {
  if (score >= 0.995) return gettext("Right");
  if (score >= 0.85) return gettext("Very close");
  if (score >= 0.5) return gettext("Partly right");
  return gettext("Not what was expected");
}

function said(value) {
  if (value === undefined || (Array.isArray(value) && !value.length)) return gettext("no answer");
  if (Array.isArray(value)) return value.join(", ");
  return { true: gettext("Yes"), false: gettext("No") }[String(value)] ?? String(value);
}

// Every question that either answers, side by side.
function comparison(own, expected) {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(own)])];
  if (!names.length) return null;
  const rows = names.map((name) => {
    const [mine, theirs] = [said(own[name]), said(expected[name])];
    return h("li", { class: mine === theirs ? "" : "feedback__wrong" },
      `${name}: `, h("strong", {}, theirs),
      mine === theirs ? h("span", { class: "muted" }, ` – ${gettext("so did you")}`) : h("span", {}, ` – ${gettext("you said: {answer}", { answer: mine })}`));
  });
  return h("ul", { class: "plain feedback__list" }, rows);
}

function counts(objects) {
  const found = new Map();
  for (const { label } of objects) found.set(label, (found.get(label) ?? 0) + 1);
  return [...found].map(([label, n]) => `${n} × ${label}`).join(", ") || gettext("nothing");
}

// A word against the expected answer; the owner reads it.
function dispute(id) {
  const text = h("textarea", { class: "input input--low", rows: "2", maxlength: "2000", "aria-label": gettext("What is wrong with the expected answer") });
  const send = h("button", {
    type: "button", class: "button",
    async onclick() {
      if (!text.value.trim()) { text.focus(); return; }
      send.disabled = true;
      try {
        await call("POST", `assignments/${id}/dispute/`, { text: text.value }, { key: uniqueKey() });
        box.replaceChildren(h("p", { class: "muted small" }, gettext("Thank you: the project’s owner will read it.")));
      } catch (error) {
        send.disabled = false;
        toast(error.message, { kind: "bad" });
      }
    },
  }, gettext("Tell the owner"));
  const box = h("details", { class: "stack" }, h("summary", {}, gettext("The expected answer is wrong")), h("div", { class: "stack" }, text, send));
  return box;
}

export function createFeedback({ root, editor, onNext }) {
  const panel = root.querySelector('[data-part="feedback"]');
  const body = root.querySelector('[data-part="feedback-body"]');
  let expected = null;
  let showExpected = true;

  editor.board.paint("expected", (ctx, scale) => {
    if (!showExpected) return;
    for (const object of expected?.objects ?? []) paintObject(ctx, scale, object, { colour: EXPECTED, dashed: true, opacity: 0 });
  });
  panel.querySelector("[data-next]").addEventListener("click", onNext);

  function toggle(text, kind, pressed, run) {
    const button = h("button", { type: "button", class: `button feedback__layer feedback__layer--${kind}`, "aria-pressed": String(pressed), onclick: () => {
      const next = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(next));
      run(next);
      editor.render();
    } }, text);
    return button;
  }

  function layers(own, theirs) {
    if (!own.length && !theirs.length) return "";
    return h("div", { class: "stack" },
      h("p", { class: "small" }, gettext("You drew {own}. Expected: {expected}, dashed in orange.", { own: counts(own), expected: counts(theirs) })),
      h("div", { class: "buttons", role: "group", "aria-label": gettext("Shown over the image") },
        toggle(gettext("Your answer"), "own", true, (on) => { editor.hidden = !on; }),
        toggle(gettext("Expected answer"), "expected", true, (on) => { showExpected = on; })));
  }

  return {
    get visible() {
      return !panel.hidden;
    },
    show({ id, feedback: { score, explanation, expected: answer } }) {
      expected = answer;
      showExpected = true;
      const own = editor.document;
      const good = score >= 0.995;
      body.replaceChildren(
        h("h2", {}, inWords(score)),
        h("p", { class: "muted" }, good ? gettext("Your answer is the expected one.") : gettext("Your answer agrees with the expected one by {percent} %.", { percent: Math.round(score * 100) })),
        explanation ? h("p", { class: "feedback__why" }, explanation) : "",
        comparison(own.classifications, answer?.classifications ?? {}) ?? "",
        layers(own.objects, answer?.objects ?? []),
        good ? "" : dispute(id),
      );
      panel.hidden = false;
      root.dataset.state = "feedback";
      editor.board.redraw();
      panel.querySelector("[data-next]").focus();
    },
    hide() {
      if (panel.hidden) return;
      expected = null;
      panel.hidden = true;
      editor.hidden = false;
      editor.board.redraw();
    },
  };
}
