// Files waiting, under way and over: a few at a time, sent again after a pause where that may help, none twice.

const WINDOW = 15_000; // ms over which the speed is taken
const LONGEST_PAUSE = 30_000;

// The name under which a file is known again after a reload: the same in the same folder, not changed since.
export function keyOf(file) {
  return `${file.path ?? file.webkitRelativePath ?? ""}|${file.name}|${file.size}|${file.lastModified}`;
}

// `send(file, {signal, onProgress})` gives {kind: "done" | "duplicate" | "refused" | "later", text}; `known` is the set
// of keys that are through already, `remember(key)` adds one.
export function createQueue({ send, known, remember, onChange, atOnce = 4, tries = 6, pause = defaultPause, clock = Date.now }) {
  const waiting = [];
  const going = new Map(); // file → {loaded, abort}
  const failed = []; // they could not be sent; the server refused none of them
  const seen = new Set();
  const counts = { done: 0, duplicates: 0, refused: 0, before: 0, bytes: 0, through: 0 };
  const samples = [];
  let cancelled = false;

  const loaded = () => counts.through + [...going.values()].reduce((sum, one) => sum + one.loaded, 0);

  function state() {
    const now = clock();
    const sent = loaded();
    while (samples.length > 2 && samples[0].at < now - WINDOW) samples.shift();
    const last = samples[0];
    const speed = last && now > last.at ? Math.max(0, (sent - last.sent) / ((now - last.at) / 1000)) : 0;
    const left = counts.bytes - sent;
    return {
      ...counts, waiting: waiting.length + going.size, failed: failed.length, sent, speed, cancelled,
      timeLeft: speed > 0 ? left / speed : null, going: [...going].map(([file, one]) => ({ file, loaded: one.loaded })),
    };
  }

  function sample() {
    samples.push({ at: clock(), sent: loaded() });
    if (samples.length > 200) samples.splice(1, 1);
  }

  async function deliver(file) {
    const one = { loaded: 0, abort: new AbortController() };
    going.set(file, one);
    const onProgress = (bytes) => { one.loaded = Math.min(bytes, file.size); sample(); onChange(state()); };
    let result = { kind: "later", text: "" };
    for (let attempt = 0; attempt < tries && result.kind === "later" && !one.abort.signal.aborted; attempt += 1) {
      if (attempt) await pause(Math.min(LONGEST_PAUSE, 1000 * 2 ** (attempt - 1)), one.abort.signal);
      if (one.abort.signal.aborted) break;
      one.loaded = 0;
      result = await send(file, { signal: one.abort.signal, onProgress });
    }
    going.delete(file);
    if (one.abort.signal.aborted) {
      if (result.kind === "later") return void onChange(state());
      counts.bytes += file.size; // it was through before it could be stopped
    }
    settle(file, result);
  }

  function settle(file, result) {
    if (result.kind === "later") {
      failed.push(file);
      counts.bytes -= file.size;
    } else {
      counts.through += file.size;
      counts[{ done: "done", duplicate: "duplicates", refused: "refused" }[result.kind]] += 1;
      if (result.kind !== "refused") remember(keyOf(file));
    }
    sample();
    onChange(state(), { file, ...result });
  }

  async function work() {
    while (waiting.length && !cancelled) await deliver(waiting.shift());
  }

  function start() {
    cancelled = false;
    sample();
    onChange(state());
    for (let free = atOnce - going.size; free > 0 && waiting.length; free -= 1) work();
  }

  return {
    get busy() { return going.size > 0 || waiting.length > 0; },
    state,
    add(files) {
      for (const file of files) {
        const key = keyOf(file);
        if (seen.has(key) && !known.has(key)) continue; // chosen twice, and still on its way
        seen.add(key);
        if (known.has(key)) { counts.before += 1; continue; }
        counts.bytes += file.size;
        waiting.push(file);
      }
      start();
    },
    retry() {
      for (const file of failed.splice(0)) { counts.bytes += file.size; waiting.push(file); }
      start();
    },
    cancel() {
      cancelled = true;
      for (const file of [...waiting.splice(0), ...going.keys()]) { counts.bytes -= file.size; seen.delete(keyOf(file)); }
      for (const one of going.values()) one.abort.abort();
      onChange(state());
    },
  };
}

function defaultPause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
