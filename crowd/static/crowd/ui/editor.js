// The labelling editor: image, tools, questions and objects around one document with undo. The workbench, the reviewer's
// desk and the gold form are all made of it.

import "../tools/all.js";
import { createBoard } from "../canvas/board.js";
import { colourOf } from "../canvas/paint.js";
import { shapeOf } from "../geometry/outlines.js";
import * as documents from "../labels/documents.js";
import { createHistory } from "../labels/histories.js";
import { createProposals } from "../labels/proposals.js";
import { classesOf, hotkeysOf, keyFor, pruned, questionsOf } from "../labels/schemas.js";
import { toolFor } from "../tools/registry.js";
import { createSelect } from "../tools/select.js";
import { createActions } from "./actions.js";
import { bindEditorKeys } from "./editor-keys.js";
import { objectEdits } from "./editor-objects.js";
import { createObjects } from "./objects.js";
import { createQuestions } from "./questions.js";
import { paintEditor } from "./editor-paint.js";
import { createView } from "./view.js";
import { createWays } from "./ways.js";
import { renderToolbar } from "./toolbar.js";
import { gettext } from "../words.js";

function tellUnsupported(editor, box, text) {
  if (!box) return;
  const lacking = editor.classes.filter((item) => !toolFor(item.shape));
  const names = lacking.map((item) => `${item.name} (${item.shape.replace("_", " ")})`).join(", ");
  box.hidden = !names || editor.readOnly;
  text.textContent = gettext("This page cannot draw these yet: {names}. If one is in the image, skip it with “The right answer cannot be given here”.", { names });
}

// Whether the point that was taken is one of the selected object still: undoing may have taken it away.
function stillThere(editor) {
  const object = editor.document.objects[editor.selected];
  const tool = object && toolFor(shapeOf(object));
  return Boolean(editor.handle && tool && tool.handles(object[shapeOf(object)])[editor.handle]);
}

export function createEditor(root, { hotkeys, say }) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const board = createBoard(part("board"));
  const history = createHistory(documents.emptyDocument());
  const listeners = new Set();
  const proposals = createProposals();
  let schema = { classifications: [], objects: [] };
  let keys = new Map();
  let form = null;
  let faults = documents.placed({});
  let frame = 0;

  const editor = {
    root, board, hotkeys, say, proposals, onAccepted: null, lookBar: null, classes: [], selected: -1, active: null, mode: null, readOnly: false, hidden: false,
    get document() { return history.value; },
    get history() { return history; },
    get keys() { return keys; },
    get schema() { return schema; },
    get activeClass() { return editor.classOf(editor.active); },
    get activeColour() { return colourOf(editor.activeClass); },
    classOf: (name) => editor.classes.find((item) => item.name === name) ?? null,
    keyOfClass: (name) => keyFor(keys, (choice) => choice.class === name),

    setSchema(next, { readOnly = false } = {}) {
      schema = next;
      keys = hotkeysOf(schema);
      Object.assign(editor, { classes: classesOf(schema), readOnly, selected: -1, active: null });
      const questions = questionsOf(schema);
      form = createQuestions(questions, {
        readOnly,
        keyOf: (question, path) => keyFor(keys, (choice) => choice.question === question && choice.path === path),
        onAnswers: (classifications) => history.change({ ...history.value, classifications }),
      });
      part("questions").replaceChildren(form.element);
      part("questions-box").hidden = questions.length === 0;
      part("objects-box").hidden = editor.classes.length === 0;
      tellUnsupported(editor, part("unsupported"), part("unsupported-text"));
      bindEditorKeys(editor);
      const first = editor.classes.find((item) => toolFor(item.shape));
      if (first && !readOnly) editor.draw(first.name);
      else editor.pick();
    },
    setImage(element, size) {
      board.setImage(element, size);
      part("board").setAttribute("aria-label", gettext("Image, {width} by {height} pixels", size));
    },
    // `proposed`: a machine's document; its objects are shown as proposals as long as they are what it said and not among
    // those `accepted`, by their places.
    setDocument(document, { proposed = null, accepted = [] } = {}) {
      editor.selected = -1;
      editor.handle = null;
      board.tool?.cancel?.();
      faults = documents.placed({});
      const next = documents.normalised(document);
      proposals.begin(next.objects, proposed?.objects, accepted);
      history.reset(next);
    },

    // Tools
    draw(name) {
      const item = editor.classOf(name);
      const tool = item && toolFor(item.shape);
      if (!item || editor.readOnly) return;
      if (!tool) return say(gettext("This page cannot draw this shape yet: {shape}", { shape: item.shape.replace("_", " ") }));
      editor.active = name;
      editor.mode = null;
      editor.select(-1);
      board.use(ways.handlerFor(item));
      render();
    },
    pick() {
      editor.active = editor.mode = null;
      board.use(createSelect(editor));
      render();
    },

    // Changes
    change: (next, options) => history.change(next, options),
    settle: () => history.settle(),
    add(geometry) {
      history.change(documents.withObject(history.value, { label: editor.active, ...geometry }));
      editor.select(history.value.objects.length - 1);
    },
    changeObject: (index, object, options) => history.change(documents.withObjectAt(history.value, index, object), options),
    remove(index) {
      if (editor.readOnly || !history.value.objects[index]) return;
      editor.selected = -1;
      editor.handle = null;
      history.change(documents.withoutObject(history.value, index));
    },
    undo: () => board.tool?.undoPoint?.() || history.undo(),
    accept(objects) {
      proposals.accept(objects);
      editor.onAccepted?.(proposals.accepted);
      render();
    },
    // One by one, each next proposal taken up, so that Enter goes through them all.
    acceptSelected() {
      const object = history.value.objects[editor.selected];
      if (!object || !proposals.has(object)) return false;
      editor.accept([object]);
      const next = history.value.objects.findIndex((each) => proposals.has(each));
      if (next >= 0) editor.select(next);
      return true;
    },
    removeProposals() {
      if (editor.readOnly) return;
      editor.selected = -1;
      history.change({ ...history.value, objects: history.value.objects.filter((object) => !proposals.has(object)) });
    },
    select(index) {
      if (index !== editor.selected) editor.handle = null;
      editor.selected = index;
      render();
    },
    answer(question, path) {
      const questions = questionsOf(schema);
      const { kind, options } = questions.find((item) => item.address === question);
      const old = history.value.classifications[question];
      let value = path;
      if (kind === "binary") value = old !== true;
      else if (kind === "multiple") value = documents.toggled(old, path, options.map((option) => option.path));
      else if (old === path) value = undefined;
      const classifications = pruned(questions, documents.answered(history.value.classifications, question, value));
      history.change({ ...history.value, classifications });
    },

    // Faults
    check: () => documents.faults(history.value, schema, board.image),
    showFaults(errors) {
      faults = documents.placed(errors);
      const [object] = [...Object.keys(faults.objects), ...Object.keys(faults.attributes)];
      if (object !== undefined) editor.select(Number(object));
      const [question] = Object.keys(faults.questions);
      render();
      if (question !== undefined) form.focus(question);
      return faults;
    },
    onChange(listener) {
      listeners.add(listener);
    },
    render: () => render(),
  };

  Object.defineProperties(editor, Object.getOwnPropertyDescriptors(objectEdits(editor)));
  const objects = createObjects(part("objects"), editor);
  const ways = createWays(editor, part("board").parentElement);
  editor.view = createView(editor, part("board").parentElement);
  const renderActions = createActions(part("board").parentElement);

  // Drawn at most once a frame, however many events a drag sends.
  function render() {
    if (frame) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      if (editor.selected >= history.value.objects.length) editor.selected = -1;
      if (!stillThere(editor)) editor.handle = null;
      form?.show(history.value.classifications, faults.questions);
      objects.render(faults);
      renderToolbar(part("toolbar"), editor);
      ways.render();
      renderActions(editor);
      part("objects-count").textContent = history.value.objects.length || "";
      board.redraw();
    });
  }

  board.paint("objects", (ctx, scale) => paintEditor(ctx, scale, editor));
  history.subscribe((value, cause) => {
    if (cause === "reset") objects.begin();
    else faults = documents.placed({});
    render();
    listeners.forEach((listener) => listener(value, cause));
  });
  return editor;
}
