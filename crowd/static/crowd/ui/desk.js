// Settling conflicts: answers as layers over the image; accept the consensus, take one worker's answer, put a ruling
// together from several, or draw one. What is ruled can be taken back for a few seconds.

import { CONSENSUS } from "../labels/rulings.js";
import { questionsOf } from "../labels/schemas.js";
import { createSpreads, paintSpread } from "../canvas/paint-spread.js";
import { createAhead, itemOf } from "./desk-ahead.js";
import { createComposing } from "./desk-composing.js";
import { createCompare } from "./desk-compare.js";
import { createGuideline } from "./desk-guideline.js";
import { RULING, createLayers } from "./desk-layers.js";
import { createLease } from "./desk-lease.js";
import { createLook } from "./desk-look.js";
import { bindBlind, bindEditing, bindLooking, unbind } from "./desk-keys.js";
import { createPanel } from "./desk-panel.js";
import { createPicking } from "./desk-picking.js";
import { createSaid } from "./desk-said.js";
import { createSending } from "./desk-sending.js";
import { createTable } from "./desk-table.js";
import { createThings } from "./desk-things.js";
import { createVerbs } from "./desk-verbs.js";
import { createEditor } from "./editor.js";
import { createHotkeys } from "./hotkeys.js";
import { createSelect } from "../tools/select.js";
import { createShelf } from "./shelf.js";
import { toast } from "./toasts.js";

export function createDesk(root, data) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const { schema, page } = data;
  const shelf = createShelf(`${data.user}:desk`);
  const hotkeys = createHotkeys();
  const editor = createEditor(root, { hotkeys, say: (text, kind = "info") => toast(text, { kind }) });
  const spreads = createSpreads();
  const desk = { root, part, words: data.words, hotkeys, editor, item: null, editing: false };
  const { board } = editor;
  let fresh = true; // the image is not yet on the screen

  const layers = createLayers({ root, editor, onTake: (id) => desk.take(id), onEdit: (row) => { composing.from(row); desk.edit(); } });
  const things = createThings({ root, editor, layers, onTake: (group, from) => desk.takeThing(group, from), onLeave: (group) => desk.leaveThing(group) });
  const composing = createComposing({ editor, layers, things, onChange: render });
  const table = createTable({ root, editor, onChoose: (address, row) => composing.answer(address, row), onTake: (id) => desk.take(id) });
  const compare = createCompare({ root, editor, choices, paintOne });
  const look = createLook({ editor, layers, compare, onChange: () => { board.repaint(); compare.repaint(); } });
  const guideline = createGuideline({ root, schema, shelf });
  const said = createSaid(root, data);
  const lease = createLease({ onHeld: held });
  const sending = createSending({ root, shelf, page, onUndo: takeBack });
  const ahead = createAhead({ ...data, lease, busy: () => [...sending.pending(), desk.item?.data.task], onReady: () => { root.dataset.ahead = "there"; } });
  const panel = createPanel(desk);
  const picking = createPicking({ editor, layers, groups: () => desk.item.groups, onPick: pick, paint: (ctx, scale) => { if (!desk.editing) things.paint(ctx, scale); } });
  Object.assign(desk, { layers, things, composing, compare, look, guideline });
  desk.verbs = createVerbs(desk);

  function choices() {
    return [...layers.rows.map(({ id, name }) => ({ id, name })), ...(composing.active ? [{ id: RULING, name: "Your ruling" }] : [])];
  }

  function paintOne(ctx, scale, id) {
    const row = layers.row(id);
    if (row) layers.paintRow(ctx, scale, row);
    else if (composing.active) composing.paint(ctx, scale);
  }

  board.paint("layers", (ctx, scale) => {
    if (desk.editing || !desk.item || fresh) return;
    if (desk.blind) {
      if (composing.active) composing.paint(ctx, scale);
      return;
    }
    if (compare.mode) { compare.paint(ctx, scale); return; }
    if (look.isSpread) {
      const chosen = things.groups[things.chosen];
      const of = (group) => spreads.of(group, things.sets(group));
      for (const group of chosen && of(chosen) ? [chosen] : things.groups) {
        if (of(group)) { ctx.save(); paintSpread(ctx, scale, of(group)); ctx.restore(); }
      }
    }
    layers.paint(ctx, scale);
    if (composing.active) composing.paint(ctx, scale);
  });

  function render() {
    if (!desk.item) return;
    things.show(composing.ruling);
    table.show(composing.ruling);
    panel.show();
    board.repaint();
    compare.repaint();
  }

  async function pick(row, place) {
    const { item } = desk;
    await item.things; // which objects are one thing, if it is not there yet
    if (item !== desk.item || desk.editing) return;
    const at = things.groups.findIndex((group) => things.objectsOf(row, group).includes(row.annotation.objects[place]));
    things.choose(at);
    composing.take(at, row.id, place);
  }

  Object.defineProperty(desk, "blind", { get: () => Boolean(desk.item?.data.blind && !desk.item.revealed) });
  Object.assign(desk, {
    reveal() {
      desk.item.revealed = true;
      looking();
    },
    told() {
      said.show(desk.item.data);
      panel.complain([]);
    },
    accept() {
      if (!layers.row(CONSENSUS)) return desk.complain(["There is no consensus to accept yet."]);
      return adjudicate({ accept: CONSENSUS }, "Consensus accepted");
    },
    take(id) {
      const row = layers.row(id);
      if (!row?.readable) return desk.complain([`${row?.name ?? "This answer"} does not fit the guideline any more; edit it instead.`]);
      return adjudicate({ accept: id }, `Answer of ${row.name} taken`);
    },
    takeFrom: (id) => (things.chosen < 0 ? desk.take(id) : desk.takeThing(things.chosen, id)),
    takeThing(group, from) {
      if (!composing.take(group, from)) toast(`${layers.row(from)?.name ?? from} has not drawn this one.`);
    },
    leaveThing: (group) => composing.leave(group),
    rule() {
      if (!composing.active) return desk.editing ? own() : desk.accept();
      const source = composing.source;
      if (source === CONSENSUS) return desk.accept();
      return source ? desk.take(source) : own();
    },
    edit() {
      if (desk.blind && !composing.active) composing.from(null);
      composing.begin();
      compare.stop();
      desk.editing = true;
      editor.setSchema(schema);
      editor.hidden = false;
      bindEditing(desk);
      render();
      board.container.focus({ preventScroll: true });
    },
    comment() { part("comment").focus(); },
    undo: () => sending.undo(),
    escape() {
      if (compare.stop()) return;
      if (things.chosen >= 0) things.choose(-1);
      else if (composing.active) composing.drop();
    },
    async pass() { await advance(); },
    complain(sentences) { panel.complain(sentences); },
    send(what) {
      const { item } = desk;
      if (item.held) return panel.complain([item.held]);
      item.kept = { ruling: composing.ruling, comment: part("comment").value, gold: part("gold").checked };
      if (!sending.send(item, { ...what, words: `${item.data.image.name}: ${what.words}` })) return panel.complain(["This browser cannot keep the ruling until it is sent; is its storage full?"]);
      lease.drop(item.data.conflict?.id); // it stays held until the ruling has settled it
      return advance();
    },
    stopEditing: looking,
  });

  function adjudicate(ruling, words) {
    const comment = part("comment").value;
    return desk.send({ path: `tasks/${desk.item.data.task}/adjudicate/`, body: { ...ruling, comment, gold: part("gold").checked }, words });
  }

  function own() {
    const missing = editor.check();
    if (!Object.keys(missing).length) return adjudicate({ annotation: editor.document }, "Your ruling");
    if (!desk.editing) desk.edit();
    const { rest } = editor.showFaults(missing);
    return panel.complain(["Something is still missing.", ...rest]);
  }

  function looking() {
    desk.editing = false;
    editor.setSchema(schema, { readOnly: true });
    editor.hidden = true;
    if (desk.blind) bindBlind(desk);
    else bindLooking(desk);
    board.use(desk.blind ? createSelect(editor) : picking);
    render();
  }

  // Taken back: what was ruled stands where it stood.
  function takeBack(item) {
    if (desk.item) ahead.putBack(desk.item);
    show(item);
  }

  async function advance() {
    try {
      const next = await ahead.next();
      if (next) show(next);
      else finished();
    } catch (error) {
      toast(error.message, { kind: "bad" });
    }
  }

  function finished() {
    desk.item = null;
    compare.stop();
    lease.use(null);
    unbind(desk);
    hotkeys.bind("Shift+z", "Take the last ruling back", () => sending.undo(), { group: "Ruling" });
    root.dataset.state = "nothing";
    panel.finished();
  }

  // Somebody else looks at it, or it is not for this reviewer to settle.
  function held(conflict, told) {
    if (desk.item?.data.conflict?.id !== conflict) return;
    desk.item.held = told;
    panel.show();
  }

  function show(item) {
    if (item.data.guideline !== data.number) { window.location.assign(`${page}${item.data.task}/`); return; }
    compare.stop();
    desk.item = item;
    root.dataset.state = "looking";
    fresh = true;
    composing.drop();
    layers.use(item.data);
    things.use(item.groups);
    table.use(questionsOf(schema), layers.rows);
    said.show(item.data);
    panel.use(item);
    if (item.kept?.ruling) { editor.setDocument(item.kept.ruling); composing.resume(); }
    looking();
    showPicture(item);
    showThings(item);
    lease.use(item.data.conflict?.id ?? null);
    delete root.dataset.ahead;
    ahead.look();
  }

  async function showPicture(item) {
    const element = await item.picture.catch((error) => { toast(error.message, { kind: "bad" }); return null; });
    if (desk.item !== item) return;
    editor.setImage(element, item.data.image);
    compare.setImage(element, item.data.image);
    root.dataset.shown = item.data.task;
    // the image first: what is drawn over it is there a moment later
    requestAnimationFrame(() => setTimeout(() => { fresh = false; board.repaint(); }));
  }

  async function showThings(item) {
    await item.things;
    if (desk.item !== item) return;
    things.use(item.groups);
    guideline.show(new Set([...things.disputedLabels(), ...table.disputed.map((address) => address.split("/")[0])]));
    root.dataset.things = item.data.task;
    render();
  }

  editor.setSchema(schema, { readOnly: true });
  window.addEventListener("themechange", () => { layers.render(); render(); });
  show(itemOf(page, data.first));
}
