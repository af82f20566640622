// The label schema as the page needs it: questions with their option paths, colours, and a hotkey for each choice.

const PALETTE = 8;
const LISTED = 40; // options; of more, which are looked for, only the owner's keys are keys
const FREE_KEYS = [..."1234567890qwertyuiopasdfghjklzxcvbnm"];
export const RESERVED_KEYS = new Set([..."vfghn"]); // select, fit, guideline, hide, new by keyboard

// Options, nested ones after their parent, as [{path, name, depth, description, …}]. Inner ones may be chosen too.
export function flatOptions(options, prefix = "", depth = 0) {
  return (options ?? []).flatMap((option) => {
    const path = prefix ? `${prefix}/${option.name}` : option.name;
    return [{ ...option, path, depth }, ...flatOptions(option.options, path, depth + 1)];
  });
}

export function flatQuestion(question, address = question.name) {
  return { ...question, address, options: flatOptions(question.options) };
}

export function questionsOf(schema) {
  return (schema.classifications ?? []).map((question) => flatQuestion(question));
}

// The questions that an answer opens: those of the options chosen and of all options above them.
function opened(question, answer) {
  const chosen = typeof answer === "string" ? [answer] : Array.isArray(answer) ? answer : [];
  return question.options
    .filter((option) => chosen.some((path) => path === option.path || path.startsWith(`${option.path}/`)))
    .flatMap((option) =>
      (option.attributes ?? []).map((below) => flatQuestion(below, `${question.address}/${option.path}/${below.name}`)),
    );
}

// Every question asked once these answers are given, each one's own questions right after it.
export function asked(questions, answers) {
  return questions.flatMap((question) => [
    question,
    ...asked(opened(question, answers[question.address]), answers),
  ]);
}

// The answers without those to questions that are no longer asked.
export function pruned(questions, answers) {
  const known = new Set(asked(questions, answers).map((question) => question.address));
  return Object.fromEntries(Object.entries(answers).filter(([address]) => known.has(address)));
}

// Object classes with a colour each: the owner's own, else the palette's next; past its end the same colours in another line
// pattern.
export function classesOf(schema) {
  return (schema.objects ?? []).map((item, index) => ({
    ...item,
    attributes: (item.attributes ?? []).map((question) => flatQuestion(question)),
    tone: (index % PALETTE) + 1,
    pattern: item.color ? 0 : Math.floor(index / PALETTE),
  }));
}

function choicesOf(schema) {
  return [
    ...classesOf(schema).map((item) => ({ class: item.name, wants: item.hotkey, name: item.name })),
    ...questionsOf(schema).flatMap((question) =>
      question.kind === "binary"
        ? [{ question: question.address, path: null, wants: question.hotkey, name: question.name }]
        : question.options
            .filter((option) => option.hotkey || question.options.length <= LISTED)
            .map((option) => ({ question: question.address, path: option.path, wants: option.hotkey, name: option.name })),
    ),
  ];
}

// What a key does: {class} or {question, path}. The owner's keys first, then a choice's own one-letter name, then the next free.
export function hotkeysOf(schema) {
  const keys = new Map();
  let left = choicesOf(schema);
  const take = (keyOf) => {
    left = left.filter((choice) => {
      const key = keyOf(choice);
      if (!key || keys.has(key)) return true;
      keys.set(key, choice);
      return false;
    });
  };
  const single = (text) => (/^[a-z0-9]$/i.test(text ?? "") ? text.toLowerCase() : null);
  const unreserved = (key) => (RESERVED_KEYS.has(key) ? null : key);
  take((choice) => single(choice.wants));
  take((choice) => unreserved(single(choice.name)));
  take(() => FREE_KEYS.find((key) => !keys.has(key) && !RESERVED_KEYS.has(key)));
  return keys;
}

export function keyFor(keys, matches) {
  for (const [key, choice] of keys) if (matches(choice)) return key;
  return null;
}
