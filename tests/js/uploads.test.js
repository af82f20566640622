import assert from "node:assert/strict";
import { test } from "node:test";

import { createQueue, keyOf } from "../crowd/ui/upload-queue.js";

const file = (name, size = 10) => ({ name, size, lastModified: 1, webkitRelativePath: "" });
const files = (count) => Array.from({ length: count }, (_, n) => file(`${n}.jpg`));

function queueOf(send, options = {}) {
  const known = new Set(options.before ?? []);
  const seen = { most: 0, paused: [], results: [] };
  let running = 0;
  let state = null;
  const queue = createQueue({
    known,
    remember: (key) => known.add(key),
    pause: async (ms) => { seen.paused.push(ms); },
    onChange: (now, over) => { state = now; if (over) seen.results.push(over.kind); },
    async send(one, tools) {
      running += 1;
      seen.most = Math.max(seen.most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return send(one, tools);
    },
  });
  const over = async () => { while (queue.busy) await new Promise((resolve) => setImmediate(resolve)); return state; };
  return { queue, seen, known, over };
}

test("thousands of files go four at a time, each once", async () => {
  const names = [];
  const { queue, seen, over } = queueOf((one) => { names.push(one.name); return { kind: "done" }; });
  queue.add(files(3000));
  queue.add(files(10)); // chosen again while they are under way
  const state = await over();
  assert.equal(state.done, 3000);
  assert.equal(new Set(names).size, 3000);
  assert.equal(names.length, 3000);
  assert.equal(seen.most, 4);
  assert.equal(state.sent, state.bytes);
});

test("what was through before a reload is not sent again", async () => {
  const first = queueOf(() => ({ kind: "done" }));
  first.queue.add(files(5));
  await first.over();
  const sent = [];
  const second = queueOf((one) => { sent.push(one.name); return { kind: "done" }; }, { before: first.known });
  second.queue.add(files(7));
  const state = await second.over();
  assert.deepEqual(sent, ["5.jpg", "6.jpg"]);
  assert.equal(state.before, 5);
});

test("a file changed since is another one", () => {
  assert.notEqual(keyOf(file("a")), keyOf({ ...file("a"), lastModified: 2 }));
  assert.notEqual(keyOf({ ...file("a"), path: "/x/a" }), keyOf({ ...file("a"), path: "/y/a" }));
});

test("what may pass is sent again after longer and longer pauses, then kept to be tried again", async () => {
  let down = true;
  const { queue, seen, known, over } = queueOf(() => (down ? { kind: "later" } : { kind: "done" }));
  queue.add(files(1));
  assert.equal((await over()).failed, 1);
  assert.deepEqual(seen.paused, [1000, 2000, 4000, 8000, 16000]);
  assert.equal(known.size, 0);
  down = false;
  queue.retry();
  const state = await over();
  assert.deepEqual([state.failed, state.done, state.sent], [0, 1, state.bytes]);
});

test("refused files are told of and may come again; stopping ends what waits", async () => {
  const { queue, seen, known, over } = queueOf((one) => ({ kind: one.name === "0.jpg" ? "refused" : "done" }));
  queue.add(files(1));
  await over();
  assert.deepEqual([seen.results, known.size], [["refused"], 0]);
  const slow = queueOf(async (_, { signal }) => (signal.aborted ? { kind: "later" } : { kind: "done" }));
  slow.queue.add(files(100));
  slow.queue.cancel();
  const state = await slow.over();
  assert.equal(state.waiting, 0);
  assert.ok(state.done < 5);
  slow.queue.add(files(100));
  assert.equal((await slow.over()).done, 100);
});
