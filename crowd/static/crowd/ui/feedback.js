// After a training image: the expected answer laid over the worker's own, with the explanation.

import { paintObject } from "../canvas/paint.js";
import { call, uniqueKey } from "./api.js";
import { h } from "./dom.js";
import { toast } from "./toasts.js";

const EXPECTED = "#e69f00";

function lines(expected) {
  return Object.entries(expected?.classifications ?? {}).map(([name, value]) => {
    const text = Array.isArray(value) ? value.join(", ") : { true: "Yes", false: "No" }[String(value)] ?? String(value);
    return h("li", {}, `${name}: `, h("strong", {}, text));
  });
}

// A word against the expected answer; the owner reads it.
function dispute(id) {
  const text = h("textarea", { class: "input input--low", rows: "2", maxlength: "2000", "aria-label": "What is wrong with the expected answer" });
  const send = h("button", {
    type: "button", class: "button",
    async onclick() {
      if (!text.value.trim()) { text.focus(); return; }
      send.disabled = true;
      try {
        await call("POST", `assignments/${id}/dispute/`, { text: text.value }, { key: uniqueKey() });
        box.replaceChildren(h("p", { class: "muted small" }, "Thank you: the project’s owner will read it."));
      } catch (error) {
        send.disabled = false;
        toast(error.message, { kind: "bad" });
      }
    },
  }, "Tell the owner");
  const box = h("details", { class: "stack" }, h("summary", {}, "The expected answer is wrong"), h("div", { class: "stack" }, text, send));
  return box;
}

export function createFeedback({ root, editor, onNext }) {
  const panel = root.querySelector('[data-part="feedback"]');
  const body = root.querySelector('[data-part="feedback-body"]');
  let expected = null;

  editor.board.paint("expected", (ctx, scale) => {
    for (const object of expected?.objects ?? []) paintObject(ctx, scale, object, { colour: EXPECTED, dashed: true, opacity: 0 });
  });
  panel.querySelector("[data-next]").addEventListener("click", onNext);

  return {
    get visible() {
      return !panel.hidden;
    },
    show({ id, feedback: { score, explanation, expected: answer } }) {
      expected = answer;
      const good = score >= 0.995;
      const objects = answer?.objects?.length ?? 0;
      body.replaceChildren(
        h("h2", {}, good ? "Right" : score > 0.5 ? "Nearly – compare with the expected answer" : "Compare with the expected answer"),
        h("p", { class: "muted" }, `Your answer agrees by ${Math.round(score * 100)} %.`),
        explanation ? h("p", {}, explanation) : "",
        h("ul", { class: "plain" }, lines(answer)),
        objects ? h("p", { class: "muted small" }, "Expected objects are drawn dashed in orange.") : "",
        good ? "" : dispute(id),
      );
      panel.hidden = false;
      root.dataset.state = "feedback";
      editor.board.redraw();
      panel.querySelector("[data-next]").focus();
    },
    hide() {
      expected = null;
      panel.hidden = true;
      editor.board.redraw();
    },
  };
}
