import assert from "node:assert/strict";
import { test } from "node:test";

import { createShelf } from "../crowd/ui/shelf.js";

function memory({ full = false } = {}) {
  const rows = new Map();
  return {
    get length() { return rows.size; },
    key: (place) => [...rows.keys()][place],
    getItem: (name) => rows.get(name) ?? null,
    setItem(name, text) {
      if (full) throw new Error("QuotaExceededError");
      rows.set(name, text);
    },
    removeItem: (name) => rows.delete(name),
  };
}

test("one user's work is not another's", () => {
  const store = memory();
  createShelf("ann", store).write("outbox", [1]);
  assert.deepEqual(createShelf("bob", store).read("outbox", []), []);
  assert.deepEqual(createShelf("ann", store).read("outbox", []), [1]);
});

test("a full browser says so instead of failing", () => {
  assert.equal(createShelf("ann", memory({ full: true })).write("outbox", [1]), false);
});

test("damaged memory reads as none", () => {
  const store = memory();
  store.setItem("crowd:ann:outbox", "{");
  assert.deepEqual(createShelf("ann", store).read("outbox", []), []);
});

test("what is kept under one beginning is listed, for this user alone", () => {
  const store = memory();
  createShelf("bob", store).write("outbox:x", 1);
  const shelf = createShelf("ann", store);
  shelf.write("outbox:a", 1);
  shelf.write("draft:b", 1);
  assert.deepEqual(shelf.names("outbox:"), ["outbox:a"]);
});
