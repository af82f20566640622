// Finding one of very many options: by its path, the best first. No DOM here.

// {path, name, low, low name, inner} of each, made once: ten thousand are searched at every key.
export function indexed(options) {
  const inner = new Set(options.filter((option) => option.depth > 0).map((option) => option.path.slice(0, option.path.lastIndexOf("/"))));
  return options.map((option, order) => ({
    ...option, order, low: option.path.toLowerCase(), lowName: option.name.toLowerCase(), inner: inner.has(option.path),
  }));
}

function rank(entry, words, last) {
  if (entry.low === words.join(" ")) return 0;
  if (entry.lowName === last) return 1;
  if (entry.lowName.startsWith(last)) return 2;
  if (entry.lowName.includes(last)) return 3;
  return 4;
}

// {found: at most `cap`, total}. Every word must be somewhere in the path. “a/b/” lists what is right below it, nothing
// what is at the top.
export function search(index, query, cap = 50) {
  const text = query.trim().toLowerCase();
  if (!text) return capped(index.filter((entry) => entry.depth === 0), cap);
  if (text.endsWith("/")) {
    const depth = text.split("/").length - 1;
    return capped(index.filter((entry) => entry.depth === depth && entry.low.startsWith(text)), cap);
  }
  const words = text.split(/\s+/);
  const last = words.at(-1).split("/").at(-1);
  const hits = index.filter((entry) => words.every((word) => entry.low.includes(word)));
  const shelves = [[], [], [], [], []]; // by rank; only as many are put in order as are shown
  for (const entry of hits) shelves[rank(entry, words, last)].push(entry);
  const found = [];
  for (const shelf of shelves) if (found.length < cap) found.push(...shelf.sort((x, y) => x.depth - y.depth || x.order - y.order).slice(0, cap));
  return { found: found.slice(0, cap), total: hits.length };
}

function capped(entries, cap) {
  return { found: entries.slice(0, cap), total: entries.length };
}

// A text in parts, those that a word of the query is in marked.
export function marked(text, query) {
  const words = query.trim().toLowerCase().split(/\s+/).filter((word) => word && word !== "/");
  if (!words.length) return [{ text, hit: false }];
  const low = text.toLowerCase();
  const on = new Array(text.length).fill(false);
  for (const word of words) {
    for (let at = low.indexOf(word); at >= 0; at = low.indexOf(word, at + word.length)) on.fill(true, at, at + word.length);
  }
  const parts = [];
  for (let i = 0; i < text.length; i += 1) {
    if (parts.length && parts.at(-1).hit === on[i]) parts.at(-1).text += text[i];
    else parts.push({ text: text[i], hit: on[i] });
  }
  return parts;
}
