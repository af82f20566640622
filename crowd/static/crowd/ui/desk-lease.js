// Conflicts are held while this page looks at them, so that no two reviewers settle the same one.

import { call, now } from "./api.js";

const LEAST = 20_000; // milliseconds between two renewals

export function createLease({ onHeld }) {
  const held = new Set();
  let current = null;
  let timer = 0;

  async function take(conflict) {
    clearTimeout(timer);
    try {
      const { body } = await call("POST", `conflicts/${conflict}/take/`);
      if (current !== conflict) return; // ruled on or left meanwhile
      held.add(conflict);
      onHeld(conflict, "");
      timer = setTimeout(() => take(conflict), Math.max(LEAST, (Date.parse(body.held_until) - now()) / 2));
    } catch (error) {
      if (error.status === 409 || error.status === 403) onHeld(conflict, error.message);
      else if (error.passing) timer = setTimeout(() => take(conflict), LEAST);
    }
  }

  // What this page still holds is let go with it; the browser sends these though the page is gone.
  window.addEventListener("pagehide", () => {
    clearTimeout(timer);
    for (const conflict of held) call("POST", `conflicts/${conflict}/release/`, undefined, { keepalive: true }).catch(() => {});
    held.clear();
  });
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted && current) take(current); });

  return {
    // The one on the desk; null for none.
    use(conflict) {
      current = conflict;
      clearTimeout(timer);
      if (conflict) take(conflict);
    },
    // Another that the server has given to this page.
    keep: (conflict) => held.add(conflict),
    has: (conflict) => held.has(conflict),
    // It is settled: there is nothing to let go.
    drop(conflict) {
      held.delete(conflict);
      if (current === conflict) current = null;
    },
  };
}
