// The draft: in this browser at every change, on the server every few seconds and whenever the page is left.

import { call, now } from "./api.js";

const EVERY = 4000;
const RENEW_BELOW = 0.5; // of the lease

export function createAutosave({ shelf, onState, onLease, onLost }) {
  let assignment = null;
  let document_ = null;
  let dirty = false;
  let saving = null;
  let touched = 0;
  let length = 0; // of the lease, in ms
  let quiet = false; // the answer itself is on its way, and outlives the page

  async function save({ keepalive = false } = {}) {
    if (!assignment || saving || quiet) return;
    const [saved, id] = [document_, assignment.id];
    dirty = false;
    onState("saving");
    saving = call("PATCH", `assignments/${id}/`, { draft: saved }, { keepalive });
    try {
      const { body } = await saving;
      if (assignment?.id !== id) return;
      onState(dirty ? "changed" : "saved");
      if (!dirty) shelf.forget(`draft:${id}`);
      onLease(body.expires_at);
    } catch (error) {
      if (assignment?.id !== id) return;
      dirty = error.passing || error.status === 401 || error.status === 403;
      onState(error.status === 0 ? "offline" : "unsaved", error);
      if (error.status === 404 || error.status === 409) onLost(error);
    } finally {
      saving = null;
    }
  }

  function beat() {
    if (!assignment || document.visibilityState === "hidden") return;
    const left = Date.parse(assignment.expires_at) - now();
    const working = Date.now() - touched < 60_000;
    if (dirty || (document_ && working && left < length * RENEW_BELOW && navigator.onLine)) save();
  }

  setInterval(beat, EVERY);
  window.addEventListener("blur", () => dirty && save());
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && dirty && save({ keepalive: true }));
  window.addEventListener("pagehide", () => dirty && save({ keepalive: true }));
  for (const type of ["pointermove", "keydown"]) document.addEventListener(type, () => { touched = Date.now(); }, { passive: true });

  return {
    set quiet(value) {
      quiet = value;
    },
    // Which draft to go on with: this browser's own, when it never reached the server, else the server's. `blank` is what
    // the lease is renewed with as long as nothing was changed.
    open(next, blank = null) {
      assignment = next;
      dirty = false;
      quiet = false;
      length = Math.max(0, Date.parse(next.expires_at) - now());
      const kept = shelf.read(`draft:${next.id}`);
      if (kept) dirty = true;
      document_ = kept ?? next.draft ?? blank;
      onState(kept ? "changed" : next.draft ? "saved" : "empty");
      return kept ?? next.draft;
    },
    changed(next) {
      if (!assignment) return;
      document_ = next;
      dirty = true;
      shelf.write(`draft:${assignment.id}`, next);
      onState("changed");
    },
    renewed(expires) {
      if (!assignment) return;
      assignment = { ...assignment, expires_at: expires };
      length = Math.max(length, Date.parse(expires) - now());
    },
    // Left for a while, to be gone on with: the assignment as it is now, its draft on its way to the server too.
    pause(document) {
      const left = assignment && { ...assignment, draft: document };
      if (dirty) save({ keepalive: true });
      assignment = null;
      dirty = false;
      return left;
    },
    // The answer is about to be handed in: should this browser be lost, the server has it as a draft.
    async final(id, document, signal) {
      await saving?.catch(() => {});
      await call("PATCH", `assignments/${id}/`, { draft: document }, { signal }).catch(() => {});
    },
    // The answer went another way: nothing of it may be autosaved any more.
    async close() {
      const id = assignment?.id;
      assignment = null;
      dirty = false;
      await saving?.catch(() => {});
      if (id) shelf.forget(`draft:${id}`);
    },
  };
}
