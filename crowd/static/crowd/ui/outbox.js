// Answers on their way to the server: kept in this browser until it has them, sent once each.
//
// A fresh answer is held for a few seconds so that it can be taken back. To the server nothing is new: what is held was
// never handed in, so that no answer the server has is ever changed, lost or dropped.

import { call, outlives } from "./api.js";

const PAUSE = 8000;
const GRACE = 3000; // after its time, before another tab sends what a tab that died had held
const BRIEF = 3000; // what is sent just now, by whatever tab, does not wait yet

const ANSWER = /\/(submit|skip)\/$/;
const PLACE = "outbox:"; // one place for each, so that two tabs never write over each other's

export function createOutbox({ shelf, onChange, onSent = () => {}, onRefused }) {
  const held = new Map(); // key: {timer, onGone}, of what this tab holds
  const parked = new Map(); // key: error; refused in a way that may pass with the next page
  const underWay = new Set();
  const tried = new Set();
  const before = new Map(); // key: what must be over first
  let sending = false;
  let signedOut = false;

  const read = (key) => shelf.read(PLACE + key);
  const waiting = () => shelf.names(PLACE).map((name) => shelf.read(name)).filter(Boolean).sort((a, b) => a.at - b.at);
  const old = shelf.read("outbox", []); // as earlier versions kept them
  if (old.every((item, i) => shelf.write(PLACE + item.key, { ...item, at: i }))) shelf.forget("outbox");
  const tell = () => onChange({ count: late().length, parked: [...parked.values()], signedOut });
  const keep = (item) => {
    const kept = shelf.write(PLACE + item.key, { at: Date.now(), ...item });
    tell();
    return kept;
  };
  const forget = (key) => {
    shelf.forget(PLACE + key);
    tell();
  };
  // What should be at the server already: not what is held so that it can be taken back.
  const late = () => waiting().filter(({ key, due, freed = 0 }) =>
    !due && !parked.has(key) && !underWay.has(key) && (tried.has(key) || Date.now() - freed > BRIEF));

  function ready(item) {
    if (parked.has(item.key) || underWay.has(item.key)) return false;
    return !item.due || (!held.has(item.key) && item.due + GRACE <= Date.now());
  }

  // True when the next one may be tried.
  async function send(item, { keepalive = false } = {}) {
    underWay.add(item.key);
    tried.add(item.key);
    if (!keepalive) await before.get(item.key);
    before.delete(item.key);
    try {
      const { body } = await call(item.method ?? "POST", item.path, item.body, { key: item.key, keepalive });
      underWay.delete(item.key);
      signedOut = false;
      forget(item.key);
      onSent(item, body);
    } catch (error) {
      underWay.delete(item.key);
      signedOut = error.status === 401;
      if (error.passing || error.status === 401 || error.status === 403) { tell(); return false; }
      // 404: perhaps another user is signed in by now. It is kept, and tried again by the next page.
      if (error.status === 404 || error.status === 413) parked.set(item.key, error);
      else forget(item.key);
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

  // No longer held: {item} as it may be sent now, none where another tab has done so.
  function free(key) {
    clearTimeout(held.get(key)?.timer);
    held.delete(key);
    const item = read(key);
    if (!item) return null;
    const freed = { ...item, due: null, freed: Date.now() };
    keep(freed);
    return freed;
  }

  // Time is over for this one, or for all.
  function release(key = null) {
    const keys = key === null ? [...held.keys()] : [key];
    keys.forEach(free);
    return flush();
  }

  // The page goes out of sight, perhaps for good.
  function leave() {
    for (const [key, { onGone }] of [...held]) {
      const item = free(key);
      if (item && ready(item)) send(item, { keepalive: outlives(item.body) });
      onGone();
    }
  }

  window.addEventListener("online", flush);
  window.addEventListener("focus", flush);
  window.addEventListener("storage", tell);
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
  setInterval(() => { flush(); tell(); }, PAUSE);

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
    add: (item) => keep(item),
    // `onOver` says for how many more milliseconds, if any; `onGone` is told when the page goes first.
    hold(item, milliseconds, { onOver, onGone, after = null }) {
      const until = (time) => ({ ...item, at: began, due: Date.now() + time });
      const began = Date.now();
      if (!keep(until(milliseconds))) return false;
      before.set(item.key, after);
      const over = () => {
        const more = onOver();
        if (!more || !read(item.key)) { release(item.key); return; }
        keep(until(more)); // no other tab takes it meanwhile
        wait(more);
      };
      const wait = (time) => held.set(item.key, { timer: setTimeout(over, time), onGone });
      wait(milliseconds);
      return true;
    },
    // Taken back before it was sent: true when it was.
    withdraw(key) {
      if (!held.has(key)) return false;
      clearTimeout(held.get(key).timer);
      held.delete(key);
      before.delete(key);
      const there = read(key) !== null;
      forget(key);
      return there;
    },
    discard() {
      const keys = [...parked.keys()];
      parked.clear();
      keys.forEach(forget);
    },
  };
}
