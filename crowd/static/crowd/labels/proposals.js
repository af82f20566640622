// Which objects are a machine's proposals that nobody has judged. Known by the objects themselves: one that was adjusted is
// another object and no proposal, one brought back by undoing is a proposal again. Never part of the document: those that
// were accepted are told by their places among what was proposed.

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${key}:${canonical(value[key])}`).join()}}`;
}

export function createProposals() {
  let open = new WeakMap(); // object: its place
  let accepted = new Set();

  return {
    // Of these objects, those that are still what was proposed and were not accepted before.
    begin(objects, proposed, before = []) {
      open = new WeakMap();
      accepted = new Set(before);
      const places = new Map((proposed ?? []).map((object, place) => [canonical(object), place]));
      for (const object of places.size ? objects : []) {
        const place = places.get(canonical(object));
        if (place !== undefined && !accepted.has(place)) open.set(object, place);
      }
    },
    get accepted() {
      return [...accepted];
    },
    has: (object) => open.has(object),
    accept(objects) {
      for (const object of objects.filter((each) => open.has(each))) {
        accepted.add(open.get(object));
        open.delete(object);
      }
    },
    among: (objects) => objects.filter((object) => open.has(object)),
  };
}
