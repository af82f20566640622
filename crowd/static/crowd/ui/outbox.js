// Answers that could not be sent yet: kept in this browser, sent in order when the server is back, each at most once.

import { call } from "./api.js";

const PAUSE = 8000;

export function createOutbox({ shelf, onChange, onRefused }) {
  let sending = false;
  const waiting = () => shelf.read("outbox", []);
  const keep = (items) => {
    const kept = shelf.write("outbox", items);
    onChange(items.length);
    return kept;
  };

  async function drain() {
    for (let [item] = waiting(); item; [item] = waiting()) {
      try {
        await call("POST", item.path, item.body, { key: item.key });
      } catch (error) {
        if (error.passing || error.status === 401 || error.status === 403) return;
        onRefused(item, error);
      }
      keep(waiting().filter((other) => other.key !== item.key));
    }
  }

  async function flush() {
    if (sending || !waiting().length) return;
    sending = true;
    try {
      if (navigator.locks) await navigator.locks.request("crowd-outbox", { ifAvailable: true }, (lock) => (lock ? drain() : null));
      else await drain();
    } finally {
      sending = false;
    }
  }

  window.addEventListener("online", flush);
  window.addEventListener("storage", () => onChange(waiting().length));
  setInterval(flush, PAUSE);

  return {
    flush,
    get count() {
      return waiting().length;
    },
    holds: (path) => waiting().some((item) => item.path.startsWith(path)),
    // False when this browser refuses to remember: then the page must keep the answer on screen.
    add: (item) => keep([...waiting().filter((other) => other.key !== item.key), item]),
  };
}
