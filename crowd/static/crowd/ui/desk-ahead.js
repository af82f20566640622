// The conflict behind the one on the desk: held for this reviewer, its answers read and its image decoded before it is
// asked for.

import { call } from "./api.js";
import { loadImage } from "./queue.js";

const TRIES = 3;

async function fetched(path) {
  const response = await fetch(path, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok || response.redirected) throw new Error("The server did not send the next conflict.");
  return response.json();
}

export function itemOf(page, data) {
  const picture = loadImage(data.image.url, data.image);
  picture.catch(() => {}); // told when it is to be shown
  const item = { data, picture, groups: [], things: Promise.resolve() };
  if (data.answers.length) item.things = fetched(`${page}${data.task}/groups/`).then((sent) => { item.groups = sent.groups; }, () => {});
  return item;
}

export function createAhead({ project, page, kind, busy, lease, onReady }) {
  const line = [];
  let asking = null;

  // The next one held for this page; where there is none, one that an earlier page of this reviewer left held.
  async function given() {
    const settling = busy(); // settled, perhaps, by the time the list comes, though the list does not know it
    const { status, body } = await call("POST", `projects/${project}/conflicts/next/`, kind ? { kind } : {});
    if (status !== 204) return body.results[0];
    const mine = await call("GET", `projects/${project}/conflicts/?assignee=me${kind ? `&kind=${kind}` : ""}`);
    return mine.body.results.find(({ id, task }) => !lease.has(id) && !settling.includes(task) && !busy().includes(task)) ?? null;
  }

  // One task may have several conflicts; what settles one of them settles them all.
  async function claim() {
    for (let i = 0; i < TRIES; i += 1) {
      const conflict = await given();
      if (!conflict) return;
      lease.keep(conflict.id);
      if (busy().includes(conflict.task)) continue;
      const item = itemOf(page, await fetched(`${page}${conflict.task}/data/`));
      line.push(item);
      item.picture.then(onReady, () => {});
      return;
    }
  }

  function ask() {
    asking = claim().finally(() => { asking = null; });
    return asking;
  }

  return {
    // Sees to it that one is in line.
    look() {
      if (!line.length && !asking) ask().catch(() => {}); // asked again when it is needed
    },
    // The next item; null where there is none, and a fault where the server does not say.
    async next() {
      if (asking) await asking.catch(() => {});
      if (!line.length) await ask();
      return line.shift() ?? null;
    },
    putBack(item) {
      line.unshift(item);
    },
  };
}
