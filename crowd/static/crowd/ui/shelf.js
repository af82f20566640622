// This browser's own memory, apart for each user, so that a shared computer never sends one person's work as another's.

export function createShelf(user, store = window.localStorage) {
  const prefix = `crowd:${user}:`;
  const attempt = (action, fallback) => {
    try {
      return action();
    } catch {
      return fallback; // full or forbidden: the page then works without it
    }
  };
  return {
    read: (name, fallback = null) =>
      attempt(() => JSON.parse(store.getItem(prefix + name)) ?? fallback, fallback),
    write: (name, value) => attempt(() => { store.setItem(prefix + name, JSON.stringify(value)); return true; }, false),
    // The names that begin so, of all that is kept.
    names: (start) =>
      attempt(() => Array.from({ length: store.length }, (_, i) => store.key(i)).filter((name) => name.startsWith(prefix + start)).map((name) => name.slice(prefix.length)), []),
    forget: (name) => attempt(() => store.removeItem(prefix + name)),
  };
}
