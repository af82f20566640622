// Work ahead: the image being labelled and the next one, claimed and loaded before it is asked for.

import { call, uniqueKey } from "./api.js";

const FIRST = 2; // one to begin with and the one behind it
const AHEAD = 1; // while one is being labelled

// Decoded and ready to draw; a picture that cannot be loaded is told, never waited for.
export function loadImage(url) {
  return new Promise((resolve, reject) => {
    const element = new Image();
    element.decoding = "async";
    element.onload = () => resolve(element);
    element.onerror = () => reject(new Error("The image could not be loaded."));
    element.src = url;
  });
}

export function createQueue({ project, held = [] }) {
  const line = [];
  let claiming = null;
  let empty = null; // why there was nothing: "empty", "busy" or an ApiError

  const enqueue = (assignment) => {
    const picture = loadImage(assignment.image.url);
    picture.catch(() => {}); // told when it is shown
    line.push({ assignment, picture });
  };
  held.forEach(enqueue);

  async function claim(wanted) {
    const count = wanted - line.length;
    if (count <= 0) return;
    try {
      const { status, headers, body } = await call("POST", `projects/${project}/assignments/`, { count }, { key: uniqueKey() });
      empty = status === 204 ? headers.get("Crowd-Queue") || "empty" : null;
      body?.results.forEach(enqueue);
    } catch (error) {
      empty = error;
    }
  }

  function ahead(wanted = AHEAD) {
    claiming ??= claim(wanted).finally(() => { claiming = null; });
    return claiming;
  }

  return {
    ahead: () => ahead(),
    // {assignment, picture} or, when there is none, {none: reason}.
    async next() {
      if (!line.length) await ahead(FIRST);
      if (!line.length && claiming) await claiming;
      const item = line.shift();
      if (!item) return { none: empty ?? "empty" };
      return item;
    },
  };
}
