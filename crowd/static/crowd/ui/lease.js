// How long the image stays reserved, told in words and without alarm.

import { now } from "./api.js";
import { gettext, ngettext } from "../words.js";

export function createLease(element) {
  let expires = null;

  function show() {
    if (expires === null) return;
    const minutes = (expires - now()) / 60_000;
    element.classList.toggle("lease--soon", minutes < 2);
    if (minutes <= 0) element.textContent = gettext("Reservation over – still send it: it counts if the place is free.");
    else if (minutes < 2) element.textContent = ngettext("Reserved for another second", "Reserved for another {n} seconds", Math.ceil(minutes * 60));
    else element.textContent = ngettext("Reserved for you for {n} minute", "Reserved for you for {n} minutes", Math.floor(minutes));
  }
  setInterval(show, 5000);

  return {
    // Seconds; none is known before an image is shown.
    get left() {
      return expires === null ? 0 : (expires - now()) / 1000;
    },
    until(time) {
      expires = time ? Date.parse(time) : null;
      element.textContent = "";
      show();
    },
  };
}
