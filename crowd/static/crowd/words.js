// Words in the reader's language: from the catalogue that the page loaded, else the English ones as they stand here.

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

// `{name}` in the text stands for a value.
export function gettext(text, values = {}) {
  return filled(globalThis.django?.gettext?.(text) ?? text, values);
}

// The same for what there is one or many of; `{n}` stands for how many.
export function ngettext(one, many, n, values = {}) {
  return filled(globalThis.django?.ngettext?.(one, many, n) ?? (n === 1 ? one : many), { n, ...values });
}

// Only marks a text that is put into the reader's language where it is shown.
export function gettext_noop(text) {
  return text;
}
