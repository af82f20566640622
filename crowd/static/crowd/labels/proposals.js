// Which objects are a machine's proposals that nobody has judged. Known by the objects themselves: one that was adjusted is
// another object and no proposal, one brought back by undoing is a proposal again. Never part of the document.

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${key}:${canonical(value[key])}`).join()}}`;
}

export function createProposals() {
  let open = new WeakSet();

  return {
    // Of these objects, those that are still what was proposed.
    begin(objects, proposed) {
      open = new WeakSet();
      const given = new Set((proposed ?? []).map(canonical));
      for (const object of objects) if (given.size && given.has(canonical(object))) open.add(object);
    },
    has: (object) => open.has(object),
    accept: (objects) => objects.forEach((object) => open.delete(object)),
    among: (objects) => objects.filter((object) => open.has(object)),
  };
}
