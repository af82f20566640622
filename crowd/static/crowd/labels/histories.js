// A document with its past and future: every change can be undone, without limit.

export function createHistory(initial) {
  let past = [];
  let present = initial;
  let future = [];
  let merging = null;
  const listeners = new Set();
  const tell = (cause) => listeners.forEach((listener) => listener(present, cause));

  return {
    get value() {
      return present;
    },
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return future.length > 0;
    },
    // Changes with the same `merge` key, one after another, are undone as one: a drag, a run of arrow keys.
    change(next, { merge = null } = {}) {
      if (next === present) return;
      if (merge === null || merge !== merging) past.push(present);
      merging = merge;
      present = next;
      future = [];
      tell("change");
    },
    settle() {
      merging = null;
    },
    undo() {
      if (!past.length) return false;
      future.push(present);
      present = past.pop();
      merging = null;
      tell("undo");
      return true;
    },
    redo() {
      if (!future.length) return false;
      past.push(present);
      present = future.pop();
      merging = null;
      tell("redo");
      return true;
    },
    reset(next) {
      past = [];
      future = [];
      merging = null;
      present = next;
      tell("reset");
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
