// What waits in this browser, said plainly: how many answers, why, and what can be done.

import { h } from "./dom.js";
import { gettext, ngettext } from "../words.js";

export function showOutbox(part, { count, parked, signedOut }, { discard }) {
  const bar = part("outbox");
  const text = part("outbox-text");
  bar.hidden = !count && !parked.length;
  const lines = [];
  if (count && signedOut) {
    lines.push(`${gettext("You are signed out.")} ${ngettext("{n} answer waits in this browser and is sent when you are signed in again.", "{n} answers wait in this browser and are sent when you are signed in again.", count)} `,
      h("a", { href: `/accounts/login/?next=${encodeURIComponent(window.location.pathname)}`, target: "_blank" }, gettext("Sign in in a new tab")));
  } else if (count) {
    lines.push(ngettext("{n} answer waits in this browser and will be sent when the server can be reached. You can go on.", "{n} answers wait in this browser and will be sent when the server can be reached. You can go on.", count));
  }
  if (parked.length) {
    lines.push(` ${ngettext("{n} answer could not be sent ({why}) and is kept in this browser.", "{n} answers could not be sent ({why}) and are kept in this browser.", parked.length, { why: parked[0].message })} `,
      h("button", { type: "button", class: "link", onclick: discard }, gettext("Throw away")));
  }
  text.replaceChildren(...lines);
}
