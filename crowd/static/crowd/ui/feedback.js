// After a training image: the expected answer laid over the worker's own, with the explanation.

import { paintObject } from "../canvas/paint.js";
import { h } from "./dom.js";

const EXPECTED = "#e69f00";

function lines(expected) {
  return Object.entries(expected?.classifications ?? {}).map(([name, value]) => {
    const text = Array.isArray(value) ? value.join(", ") : { true: "Yes", false: "No" }[String(value)] ?? String(value);
    return h("li", {}, `${name}: `, h("strong", {}, text));
  });
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
    show({ score, explanation, expected: answer }) {
      expected = answer;
      const good = score >= 0.995;
      const objects = answer?.objects?.length ?? 0;
      body.replaceChildren(
        h("h2", {}, good ? "Right" : "Nearly – compare with the expected answer"),
        h("p", { class: "muted" }, `Your answer agrees by ${Math.round(score * 100)} %.`),
        explanation ? h("p", {}, explanation) : "",
        h("ul", { class: "plain" }, lines(answer)),
        objects ? h("p", { class: "muted small" }, "Expected objects are drawn dashed in orange.") : "",
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
