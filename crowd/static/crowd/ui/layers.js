// What an answer says in words, and what a layer is called.

export function said(value) {
  if (value === undefined || value === null || (Array.isArray(value) && !value.length)) return "–";
  return Array.isArray(value) ? value.join(", ") : ({ true: "yes", false: "no" }[String(value)] ?? String(value));
}

export function counted(annotation) {
  const counts = new Map();
  for (const { label } of annotation?.objects ?? []) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].map(([label, count]) => `${count} × ${label}`);
}

export function words(annotation) {
  const given = Object.entries(annotation?.classifications ?? {}).filter(([, value]) => !Array.isArray(value) || value.length);
  return [...given.map(([name, value]) => `${name}: ${said(value)}`), ...counted(annotation)].join(" · ") || "Nothing";
}

// A, B, … Z, 27, 28: short enough to be spoken of; the pseudonym stands beside it.
export function letter(index) {
  return index < 26 ? String.fromCharCode(65 + index) : String(index + 1);
}
