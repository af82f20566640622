// Answers on their way to the server: kept in this browser until it has them, sent once each.
//
// A fresh answer is held for a few seconds so that it can be taken back. To the server nothing is new: what is held was
// never handed in, so that no answer the server has is ever changed, lost or dropped.

import { call } from "./api.js";

const PAUSE = 8000;
const GRACE = 3000; // after its time, before another tab sends what a tab that died had held
const SMALL = 60_000; // bytes: browsers carry no more than that past the end of a page

const ANSWER = /\/(submit|skip)\/$/;

export function createOutbox({ shelf, onChange, onSent = () => {}, onRefused }) {
  const held = new Map(); // key: timer, of what this tab holds
  const parked = new Map(); // key: error; refused in a way that may pass with the next page
  const underWay = new Set();
  const before = new Map(); // key: what must be over first
  let sending = false;
  let signedOut = false;

  const waiting = () => shelf.read("outbox", []);
  const tell = () => onChange({ count: late().length, parked: [...parked.values()], signedOut });
  const keep = (items) => {
    const kept = shelf.write("outbox", items);
    tell();
    return kept;
  };
  const without = (key) => waiting().filter((item) => item.key !== key);
  // What should be at the server already: not what is held so that it can be taken back.
  const late = () => waiting().filter((item) => !item.due && !parked.has(item.key) && !underWay.has(item.key));

  function ready(item) {
    if (parked.has(item.key) || underWay.has(item.key)) return false;
    return !item.due || (!held.has(item.key) && item.due + GRACE <= Date.now());
  }

  // True when the next one may be tried.
  async function send(item, { keepalive = false } = {}) {
    underWay.add(item.key);
    if (!keepalive) await before.get(item.key);
    before.delete(item.key);
    try {
      const { body } = await call("POST", item.path, item.body, { key: item.key, keepalive });
      underWay.delete(item.key);
      signedOut = false;
      keep(without(item.key));
      onSent(item, body);
    } catch (error) {
      underWay.delete(item.key);
      signedOut = error.status === 401;
      if (error.passing || error.status === 401 || error.status === 403) { tell(); return false; }
      // 404: perhaps another user is signed in by now. It is kept, and tried again by the next page.
      if (error.status === 404 || error.status === 413) parked.set(item.key, error);
      else keep(without(item.key));
      onRefused(item, error);
      tell();
    }
    return true;
  }

  async function drain() {
    for (let item = waiting().find(ready); item; item = waiting().find(ready)) if (!(await send(item))) return;
  }

  async function flush() {
    if (sending || !waiting().some(ready)) return;
    sending = true;
    try {
      if (navigator.locks) await navigator.locks.request("crowd-outbox", { ifAvailable: true }, (lock) => (lock ? drain() : null));
      else await drain();
    } finally {
      sending = false;
    }
  }

  // Time is over for this one, or for all.
  function release(key = null) {
    const keys = key === null ? [...held.keys()] : [key];
    keys.forEach((each) => { clearTimeout(held.get(each)); held.delete(each); });
    if (keys.length) keep(waiting().map((item) => (keys.includes(item.key) ? { ...item, due: null } : item)));
    return flush();
  }

  // The page goes out of sight, perhaps for good.
  function leave() {
    if (!held.size) return;
    const mine = [...held.keys()];
    held.forEach((timer) => clearTimeout(timer));
    held.clear();
    keep(waiting().map((item) => (mine.includes(item.key) ? { ...item, due: null } : item)));
    for (const item of waiting().filter((each) => mine.includes(each.key) && ready(each))) {
      send(item, { keepalive: JSON.stringify(item.body).length < SMALL });
    }
  }

  window.addEventListener("online", flush);
  window.addEventListener("focus", flush);
  window.addEventListener("storage", tell);
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
  setInterval(flush, PAUSE);

  return {
    flush,
    release,
    tell,
    get count() {
      return waiting().length;
    },
    get holding() {
      return held.size;
    },
    // Whether an answer to this assignment waits here.
    holds: (id) => waiting().some(({ path }) => path.startsWith(`assignments/${id}/`) && ANSWER.test(path)),
    // False when this browser refuses to remember: then the page must keep the answer on screen.
    add: (item) => keep([...without(item.key), item]),
    hold(item, milliseconds, { onOver, after = null }) {
      if (!keep([...without(item.key), { ...item, due: Date.now() + milliseconds }])) return false;
      before.set(item.key, after);
      const over = () => {
        const more = onOver();
        if (more) held.set(item.key, setTimeout(over, more));
        else release(item.key);
      };
      held.set(item.key, setTimeout(over, milliseconds));
      return true;
    },
    // Taken back before it was sent: true when it was.
    withdraw(key) {
      if (!held.has(key)) return false;
      clearTimeout(held.get(key));
      held.delete(key);
      before.delete(key);
      keep(without(key));
      return true;
    },
    discard() {
      keep(waiting().filter((item) => !parked.has(item.key)));
      parked.clear();
      tell();
    },
  };
}
