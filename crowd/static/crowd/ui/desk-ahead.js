// The conflict behind the one on the desk: its answers read and its image decoded before it is asked for.

import { loadImage } from "./queue.js";

async function fetched(path) {
  const response = await fetch(path, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (response.status === 204) return null;
  if (!response.ok || response.redirected) throw new Error("The server did not send the next conflict.");
  return response.json();
}

export function itemOf(page, data) {
  const picture = loadImage(data.image.url, data.image);
  picture.catch(() => {}); // told when it is to be shown
  const item = { data, picture, groups: [], things: null };
  item.things = data.answers.length
    ? fetched(`${page}${data.task}/groups/`).then((sent) => { item.groups = sent.groups; }, () => {})
    : Promise.resolve();
  return item;
}

export function createAhead({ page, pending }) {
  const line = [];
  let asking = null;

  function ask(after) {
    const without = [...pending(), ...line.map((item) => item.data.task), after].join(",");
    asking = fetched(`${page}${after}/next/?without=${without}`)
      .then((data) => { if (data) line.push(itemOf(page, data)); })
      .finally(() => { asking = null; });
    return asking;
  }

  return {
    // Sees to it that one is in line behind a task.
    look(after) {
      if (!line.length && !asking) ask(after).catch(() => {}); // asked again when it is needed
    },
    // The next item; null where there is none, and a fault where the server does not say.
    async next(after) {
      if (asking) await asking.catch(() => {});
      if (!line.length) await ask(after);
      return line.shift() ?? null;
    },
    putBack(item) {
      line.unshift(item);
    },
  };
}
