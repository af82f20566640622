// What waits in this browser, said plainly: how many answers, why, and what can be done.

import { h, plural } from "./dom.js";

export function showOutbox(part, { count, parked, signedOut }, { discard }) {
  const bar = part("outbox");
  const text = part("outbox-text");
  bar.hidden = !count && !parked.length;
  const lines = [];
  if (count && signedOut) {
    lines.push(`You are signed out. ${plural(count, "answer waits", "answers wait")} in this browser and will be sent when you are signed in again. `,
      h("a", { href: `/accounts/login/?next=${encodeURIComponent(window.location.pathname)}`, target: "_blank" }, "Sign in in a new tab"), ", then go on here.");
  } else if (count) {
    lines.push(`${plural(count, "answer waits", "answers wait")} in this browser and will be sent when the server can be reached. You can go on.`);
  }
  if (parked.length) {
    lines.push(` ${plural(parked.length, "answer", "answers")} could not be sent (${parked[0].message}) and ${parked.length === 1 ? "is" : "are"} kept in this browser. `,
      h("button", { type: "button", class: "link", onclick: discard }, "Throw away"));
  }
  text.replaceChildren(...lines);
}
