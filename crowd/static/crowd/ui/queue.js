// Work ahead: the image being labelled and the next one, claimed, loaded and decoded before it is asked for.

import { stockOf } from "../canvas/copies.js";
import { call, now, uniqueKey } from "./api.js";
import { gettext } from "../words.js";

const FIRST = 2; // one to begin with and the one behind it
const AHEAD = 1; // while one is being labelled
const STALE = 5000; // of a lease, in ms: what is left of it helps nobody

// Ready to draw: decoded, or where it is large a smaller copy of it. A picture that cannot be loaded is told, never waited for.
export function loadImage(url, size) {
  return new Promise((resolve, reject) => {
    const element = new Image();
    element.decoding = "async";
    const prepared = () => stockOf(element, size)?.begun ?? element.decode();
    element.onload = () => prepared().catch(() => {}).then(() => resolve(element));
    element.onerror = () => reject(new Error(gettext("The image could not be loaded.")));
    element.src = url;
  });
}

// Its address is good for a while only: the second try is with a new one.
async function pictureOf(assignment) {
  try {
    return await loadImage(assignment.image.url, assignment.image);
  } catch (error) {
    const again = await call("GET", `assignments/${assignment.id}/`).catch(() => { throw error; });
    return loadImage(again.body.image.url, assignment.image);
  }
}

// Under way; a fault is told when the image is to be shown.
function load(assignment) {
  const picture = pictureOf(assignment);
  picture.catch(() => {});
  return picture;
}

// Why nothing was given: "busy", where something may come back soon, or what stands in the way, or "empty".
const why = (headers) => (headers.get("Crowd-Queue") === "busy" ? "busy" : headers.get("Crowd-Queue-Reason") || "empty");

export function createQueue({ project, held = [], take = async () => true }) {
  const line = [];
  const elsewhere = new Map(); // in another tab, which may be gone by the time this one has nothing
  let claiming = null;
  let empty = null; // why there was nothing: a word or an ApiError

  async function enqueue(assignment) {
    if (line.some((item) => item.assignment.id === assignment.id)) return;
    if (!(await take(assignment.id))) { elsewhere.set(assignment.id, assignment); return; }
    elsewhere.delete(assignment.id);
    line.push({ assignment, picture: load(assignment) });
  }
  let beginning = Promise.all(held.map(enqueue));

  async function claim(wanted) {
    const count = wanted - line.length;
    if (count <= 0) return;
    try {
      const { status, headers, body } = await call("POST", `projects/${project}/assignments/`, { count }, { key: uniqueKey() });
      empty = status === 204 ? why(headers) : null;
      await Promise.all((body?.results ?? []).map(enqueue));
    } catch (error) {
      empty = error;
    }
  }

  function ahead(wanted = AHEAD) {
    claiming ??= claim(wanted).finally(() => { claiming = null; });
    return claiming;
  }

  // A lease that ran out while its image waited in line, untouched, is somebody else's chance.
  const dead = ({ assignment }) => !assignment.draft && Date.parse(assignment.expires_at) - now() < STALE;

  // A new guideline is read before the next image, though one may be in line.
  const unread = () => empty?.code === "guideline_unacknowledged";

  async function shift() {
    while (line.length && dead(line[0])) line.shift();
    if (!line.length) await ahead(FIRST);
    if (!line.length && claiming) await claiming;
    if (!line.length) await Promise.all([...elsewhere.values()].map(enqueue));
    return line.shift();
  }

  return {
    ahead: () => ahead(),
    // Back to the head of the line: what was on the screen when an answer was taken back.
    putBack: (item) => { line.unshift(item); },
    load,
    // {assignment, picture} or, when there is none, {none: reason}.
    async next() {
      await beginning;
      beginning = null;
      if (unread()) {
        empty = null;
        if (!line.length) await ahead(FIRST);
        else await claim(line.length + 1);
        if (unread()) return { none: empty };
      }
      const item = await shift();
      return item ?? { none: empty ?? "empty" };
    },
  };
}
