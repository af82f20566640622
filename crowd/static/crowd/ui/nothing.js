// No image to label: why, and what helps.

import { call } from "./api.js";
import { h, icon } from "./dom.js";
import { toast } from "./toasts.js";

const REASONS = {
  empty: ["All done here", "Every image you can help with has its answers. Thank you."],
  busy: ["Nothing free right now", "Other people are busy with the remaining images. Some may come back in a few minutes."],
  paused: ["Work here is paused", null],
  banned: ["You can no longer work here", null],
  not_qualified: ["Not open to you yet", null],
  answers_per_hour: ["Time for a break", null],
  too_many_leases: ["Too many images are reserved for you", null],
  offline: ["The server cannot be reached", "What you did is kept in this browser. Try again when the connection is back."],
};

function acknowledge({ project, number, acknowledged }) {
  return h("button", {
    type: "button", class: "button button--primary",
    async onclick() {
      try {
        await call("POST", `projects/${project}/guidelines/${number}/acknowledge/`);
        acknowledged();
      } catch (error) {
        toast(error.message, { kind: "bad" });
      }
    },
  }, "I have read it");
}

function toRead(error, { project, acknowledged }) {
  const number = Number(error.errors?.guideline?.[0] ?? /\d+/.exec(error.message)?.[0]);
  return [
    h("h2", {}, "A new guideline version"),
    h("p", {}, error.message),
    h("div", { class: "buttons" },
      h("a", { class: "button", href: `/projects/${project}/guidelines/${number}/`, target: "_blank" }, `Read version ${number}`),
      acknowledge({ project, number, acknowledged })),
  ];
}

export function showNothing(panel, reason, { project, retry, acknowledged }) {
  const code = typeof reason === "string" ? reason : reason.code;
  if (code === "guideline_unacknowledged") {
    panel.replaceChildren(icon("book"), ...toRead(reason, { project, acknowledged }));
    return;
  }
  const [title, text] = REASONS[code] ?? ["No image just now", null];
  panel.replaceChildren(
    icon(code === "empty" ? "check" : "pause"),
    h("h2", {}, title),
    h("p", {}, text ?? reason.message ?? ""),
    h("div", { class: "buttons" },
      h("a", { class: "button", href: "/" }, "Home"),
      (code === "paused" || code === "banned") && h("a", { class: "button", href: `/projects/${project}/` }, "Your record"),
      h("button", { type: "button", class: "button button--primary", onclick: retry }, "Look again")),
  );
}
