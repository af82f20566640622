// How long the image stays reserved, told in words and without alarm.

import { now } from "./api.js";
import { plural } from "./dom.js";

export function createLease(element) {
  let expires = null;

  function show() {
    if (expires === null) return;
    const minutes = (expires - now()) / 60_000;
    element.classList.toggle("lease--soon", minutes < 2);
    if (minutes <= 0) element.textContent = "Reservation over – still send it: it counts if the place is free.";
    else if (minutes < 2) element.textContent = `Reserved for another ${plural(Math.ceil(minutes * 60), "second")}`;
    else element.textContent = `Reserved for you for ${plural(Math.floor(minutes), "minute")}`;
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
