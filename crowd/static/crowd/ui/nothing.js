// No image to label: why, and what helps.

import { h, icon } from "./dom.js";
import { askToRead } from "./reading.js";
import { gettext } from "../words.js";

const REASONS = {
  empty: [gettext("All done here"), gettext("Every image you can help with has its answers. Thank you.")],
  busy: [gettext("Nothing free right now"), gettext("Other people are busy with the remaining images. Some may come back in a few minutes; this page looks by itself.")],
  pilot: [gettext("That was the pilot"), gettext("For now only a few images are given to everybody, and you have had yours. The owner opens the rest once the answers have been compared. Thank you.")],
  share: [gettext("You have done your share"), gettext("You gave as many answers as one person may here. Thank you.")],
  skill: [gettext("What is left asks for other skills"), gettext("The remaining images are for people with a skill that the owner has not given you.")],
  skill_required: [gettext("Not open to you yet"), null],
  paused: [gettext("Work here is paused"), null],
  banned: [gettext("You can no longer work here"), null],
  not_qualified: [gettext("Not open to you yet"), null],
  answers_per_hour: [gettext("Time for a break"), null],
  too_many_leases: [gettext("Too many images are reserved for you"), null],
  offline: [gettext("The server cannot be reached"), gettext("What you did is kept in this browser. This page goes on by itself when the connection is back.")],
  not_authenticated: [gettext("You are signed out"), gettext("What you did is kept in this browser. Sign in again to go on.")],
};
// nothing was given, and nothing was refused
export const GIVES_NOTHING = ["empty", "busy", "pilot", "share", "skill"];
const AGAIN = { busy: 30_000, offline: 5000 }; // ms until the page looks by itself

let timer = 0;

export function forgetNothing() {
  clearTimeout(timer);
}

export function codeOf(reason) {
  if (typeof reason === "string") return reason;
  return reason.status === 401 ? "not_authenticated" : reason.code;
}

export function showNothing(panel, reason, { project, known, retry, acknowledged }) {
  const code = codeOf(reason);
  forgetNothing();
  if (code === "guideline_unacknowledged") {
    const number = Number(reason.errors?.guideline?.[0] ?? /\d+/.exec(reason.message)?.[0]);
    askToRead(panel, { project, number, known, acknowledged });
    return;
  }
  if (AGAIN[code]) timer = setTimeout(retry, AGAIN[code]);
  const [title, text] = REASONS[code] ?? [gettext("No image just now"), null];
  const signIn = code === "not_authenticated";
  panel.replaceChildren(
    icon(code === "empty" ? "check" : "pause"),
    h("h2", {}, title),
    h("p", {}, text ?? reason.message ?? ""),
    h("div", { class: "buttons" },
      signIn ? h("a", { class: "button button--primary", href: `/accounts/login/?next=${encodeURIComponent(window.location.pathname)}` }, gettext("Sign in"))
        : h("a", { class: "button", href: "/" }, gettext("Home")),
      ["paused", "banned", "not_qualified"].includes(code) && h("a", { class: "button", href: `/projects/${project}/` }, gettext("Your record")),
      // images reserved for a tab that is gone come back with the page
      !signIn && h("button", { type: "button", class: "button button--primary", onclick: () => (code === "too_many_leases" ? window.location.reload() : retry()) }, gettext("Look again"))),
  );
}
