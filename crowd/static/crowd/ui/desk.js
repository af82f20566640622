// Settling a conflict: answers as layers over the image; accept the consensus, take one worker's answer, or give one's own.

import { call, uniqueKey } from "./api.js";
import { h } from "./dom.js";
import { createEditor } from "./editor.js";
import { createHotkeys } from "./hotkeys.js";
import { createLayers, letter } from "./layers.js";
import { loadImage } from "./queue.js";
import { toast } from "./toasts.js";

export function createDesk(root, data) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const { task, image, schema, answers, consensus } = data;
  const hotkeys = createHotkeys();
  const editor = createEditor(root, { hotkeys, say: (text, kind = "info") => toast(text, { kind }) });
  const key = uniqueKey();
  let editing = false;
  let sending = false;

  const layers = createLayers({ root, editor, answers, consensus, onTake: (id) => rule({ accept: id }), onEdit: edit });

  function look() {
    editing = false;
    editor.setSchema(schema, { readOnly: true });
    editor.setDocument(undefined);
    bind();
    show();
  }

  function edit(annotation) {
    editing = true;
    hotkeys.clear("Ruling");
    editor.setSchema(schema);
    editor.setDocument(annotation ?? consensus?.annotation ?? undefined);
    hotkeys.bind("Mod+Enter", "Rule so", own, { group: "Ruling" });
    show();
    editor.board.container.focus({ preventScroll: true });
  }

  function show() {
    layers.visible = !editing;
    part("editing").hidden = !editing;
    part("looking").hidden = editing;
    part("ruling-own").hidden = !editing;
    part("accept").disabled = !consensus;
    part("questions-box").hidden = !editing || !(schema.classifications ?? []).length;
    part("objects-box").hidden = !editing || !(schema.objects ?? []).length;
  }

  function bind() {
    const group = "Ruling";
    if (consensus) hotkeys.bind("c", "Accept the consensus", () => rule({ accept: "consensus" }), { group });
    hotkeys.bind("e", "Give your own answer", () => edit(), { group });
    answers.slice(0, 9).forEach((answer, index) => {
      hotkeys.bind(String(index + 1), `Show or hide ${letter(index)}`, () => layers.toggle(answer.id), { group });
      hotkeys.bind(`Shift+${index + 1}`, `Take ${letter(index)}’s answer`, () => rule({ accept: answer.id }), { group });
    });
  }

  function own() {
    const missing = editor.check();
    if (!Object.keys(missing).length) return rule({ annotation: editor.document });
    editor.showFaults(missing);
    return toast("Something is still missing.", { kind: "warn" });
  }

  async function rule(ruling) {
    if (sending) return;
    sending = true;
    const form = new FormData(part("ruling"));
    try {
      await call("POST", `tasks/${task}/adjudicate/`, { ...ruling, comment: form.get("comment"), gold: form.has("gold") }, { key: `${key}-${JSON.stringify(ruling.accept ?? "own")}` });
      window.location.assign(data.next);
    } catch (error) {
      sending = false;
      const { rest } = editor.showFaults(error.errors);
      part("errors").hidden = false;
      part("errors").replaceChildren(...[error.message, ...rest].map((line) => h("li", {}, line)));
    }
  }

  part("ruling").addEventListener("submit", (event) => {
    event.preventDefault();
    if (editing) own();
    else rule({ accept: "consensus" });
  });
  part("edit").addEventListener("click", () => edit());
  part("stop-editing").addEventListener("click", look);
  window.addEventListener("themechange", () => editor.render());
  loadImage(image.url, image)
    .catch((error) => { toast(error.message, { kind: "bad" }); return null; })
    .then((element) => editor.setImage(element, image));
  look();
}
