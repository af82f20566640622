// Claim, label, hand in, next: one image after another, without a reload and without losing anything.

import { call, outlives, setClock, uniqueKey } from "./api.js";
import { createAsking } from "./asking.js";
import { createAutosave } from "./autosave.js";
import { createClock } from "./clock.js";
import { createEditor } from "./editor.js";
import { createFeedback } from "./feedback.js";
import { createGuidelines } from "./guidelines.js";
import { createHolding } from "./holding.js";
import { createHotkeys } from "./hotkeys.js";
import { createLease } from "./lease.js";
import { createNotices } from "./notices.js";
import { GIVES_NOTHING, codeOf, forgetNothing, showNothing } from "./nothing.js";
import { createOutbox } from "./outbox.js";
import { rememberChoices } from "./picker.js";
import { createQueue } from "./queue.js";
import { tellChange } from "./reading.js";
import { createShelf } from "./shelf.js";
import { createStage } from "./stage.js";
import { createTabs } from "./tabs.js";
import { toast } from "./toasts.js";
import { bindWorkbench } from "./workbench-keys.js";
import { showOutbox } from "./outbox-notice.js";
import { gettext } from "../words.js";

const STATES = {
  empty: "", changed: gettext("Saving…"), saving: gettext("Saving…"), saved: gettext("Draft saved"),
  offline: gettext("Offline – kept in this browser"), unsaved: gettext("Not saved – kept in this browser"),
};
const GLANCE = 300; // ms for which an image must have been seen
const LEASE_LEFT = 60; // seconds; with less, an answer is not held back

export function createWorkbench(root, data) {
  const { project, user, guideline, held, qualification } = data;
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const say = (text, kind = "info") => toast(text, { kind });
  setClock(data.now);
  const shelf = createShelf(user);
  rememberChoices(shelf, project);
  const notices = createNotices(part("notices"));
  const hotkeys = createHotkeys({ shelf });
  const editor = createEditor(root, { hotkeys, say });
  editor.proposer = async (prompt) => (await call("POST", `assignments/${current.id}/propose/`, prompt)).body;
  const lease = createLease(part("lease"));
  const clock = createClock();
  const feedback = createFeedback({ root, editor, onNext: () => open() });
  let known = data.known; // the guideline version this worker has read or worked under
  let current = null;
  let picture = null;
  let busy = false;
  let appeared = 0;
  let turn = 0; // counts what is to be shown, so that what comes late does not push it away
  let next = null; // {turn} that an image is being fetched for; one at a time, as two would take each other's

  const autosave = createAutosave({
    shelf,
    onState(state) {
      part("saved").textContent = STATES[state];
    },
    onLease(expires) {
      autosave.renewed(expires);
      lease.until(expires);
    },
    onLost: (error) => say(error.message, "warn"),
  });
  const outbox = createOutbox({ shelf, onChange: (state) => showOutbox(part, state, { user, discard: outbox.discard }), onSent, onRefused });
  const holding = createHolding({ bar: part("undo"), outbox, onUndo: takeBack });
  const stage = createStage({ element: part("stage"), project, first: qualification, notices, pending: () => outbox.holding });
  const guidelines = createGuidelines({ project, first: guideline, panel: part("guideline"), shelf, onChange: newGuideline });
  const tabs = createTabs({ user, project, onOther: () => notices.show("tabs", { sign: "copy", body: gettext("Labelling is open in another tab too. Each tab has images of its own; nothing is handed in twice."), onClose: () => {} }) });
  const begun = ({ id }) => (shelf.read(`draft:${id}`) || shelf.read(`accepted:${id}`) ? 0 : 1);
  const mine = held.filter(({ id }) => !outbox.holds(id)).sort((a, b) => begun(a) - begun(b));
  const queue = createQueue({ project, held: mine, take: tabs.take });
  const asking = createAsking({ dialog: document.getElementById("report"), project, shelf, notices, outbox, first: data.reports, imageOf: () => current });

  function newGuideline(number, before) {
    if (before !== null && number < before) say(gettext("This image follows guideline version {number}.", { number }));
    if (known !== null && known < number) tellChange(notices, { project, number, known, onSeen: () => {} });
    known = Math.max(known ?? 0, number);
  }

  function setBusy(value) {
    busy = value;
    root.querySelectorAll("[data-needs-image]").forEach((button) => { button.disabled = value || !current; });
  }

  // The next image
  async function open() {
    forgetNothing();
    feedback.hide();
    current = null;
    setBusy(true);
    turn += 1;
    if (next) { next.turn = turn; return undefined; }
    const first = turn;
    next = { turn };
    const item = await queue.next();
    const mine = next.turn;
    next = null;
    if (mine !== turn) return item.none ? undefined : queue.putBack(item);
    if (!item.none) return present(item, mine);
    return mine === first ? nothing(item.none) : open(); // something happened meanwhile: there may be one now
  }

  async function present(item, mine) {
    const element = await item.picture.catch((error) => { say(`${error.message} ${gettext("You can skip it.")}`, "bad"); return null; });
    const fault = await guidelines.load(item.assignment.guideline).then(() => null, (error) => error);
    if (fault || mine !== turn) queue.putBack(item);
    if (mine !== turn) return undefined;
    if (fault) return nothing(fault);
    guidelines.use(item.assignment.guideline, editor);
    ({ assignment: current, picture } = item);
    editor.setImage(element, current.image);
    const draft = autosave.open(current, current.prelabel ?? { classifications: {}, objects: [] });
    editor.setDocument(draft ?? current.prelabel ?? undefined, { proposed: current.prelabel, accepted: shelf.read(`accepted:${current.id}`, []) });
    lease.until(current.expires_at);
    clock.restart(item.seconds);
    root.dataset.state = "labelling";
    part("prelabel").hidden = !current.prelabel;
    stage.show();
    setBusy(false);
    appeared = performance.now();
    return queue.ahead();
  }

  function nothing(reason) {
    current = null;
    // What is held still counts as reserved, and may be what the next image waits for.
    if (outbox.holding && !(stage.working && GIVES_NOTHING.includes(codeOf(reason)))) {
      holding.hide();
      return outbox.release().then(open);
    }
    root.dataset.state = "nothing";
    showNothing(part("nothing"), reason, { project, known, retry: open, acknowledged: (number) => { known = number; open(); } });
    return setBusy(false);
  }

  // Handing in. `event` is the key or click that asked for it.
  function submit(event) {
    if (event?.repeat || busy || !current) return;
    if (performance.now() - appeared < GLANCE) {
      say(gettext("Not handed in: this image has only just appeared. Press once more."));
      return;
    }
    const faults = editor.check();
    if (Object.keys(faults).length) {
      editor.showFaults(faults);
      say(gettext("Not sent yet: something is still missing."), "warn");
      return;
    }
    handIn("submit", { annotation: editor.document, seconds: clock.seconds }, gettext("Handed in."));
  }

  // Held in this browser for a few seconds, so that it can be taken back; the server has it as a draft meanwhile. Training
  // is answered at once, as its feedback is due, and so is what has hardly any lease left.
  function handIn(verb, body, words) {
    const message = { path: `assignments/${current.id}/${verb}/`, body, key: uniqueKey() };
    const left = { assignment: { ...current, draft: editor.document }, picture, seconds: clock.seconds };
    const draft = new AbortController();
    const mayHold = !stage.training && lease.left > LEASE_LEFT;
    const after = mayHold && verb === "submit" ? autosave.final(current.id, editor.document, draft.signal) : null;
    if (mayHold && holding.hold(left, message, { words, after, draft })) {
      autosave.close();
      return open();
    }
    holding.hide();
    outbox.release();
    return send(message);
  }

  async function send(message) {
    setBusy(true);
    const keepalive = outlives(message.body);
    autosave.quiet = keepalive; // a draft that comes after it would be refused
    try {
      const { body: answer } = await call("POST", message.path, message.body, { key: message.key, keepalive });
      await autosave.close();
      shelf.forget(`accepted:${current.id}`);
      tellFate(answer);
      stage.refresh();
      if (answer?.feedback) return feedback.show(answer);
      return await open();
    } catch (error) {
      return refused(error, message);
    }
  }

  const idOf = (item) => item.path.split("/")[1];

  function tellFate(answer) {
    if (answer?.state === "void") say(answer.reason || gettext("It came too late to be counted; it is kept."), "warn");
  }

  async function refused(error, message) {
    if ((error.passing || error.status === 401) && outbox.add(message)) {
      await autosave.close();
      return open();
    }
    setBusy(false);
    autosave.quiet = false;
    const { rest } = editor.showFaults(error.errors);
    say([error.message, ...rest].join(" "), "bad");
    if (error.status === 409 || error.status === 404) { await autosave.close(); return open(); }
    return undefined;
  }

  // What became of an answer that was held or had waited
  async function onSent(item, answer) {
    shelf.forget(`accepted:${idOf(item)}`);
    tellFate(answer);
    if (answer?.feedback) say(gettext("That was a training image: your answer agrees by {percent} %. See your record.", { percent: Math.round(answer.feedback.score * 100) }));
    await stage.refresh();
    if (root.dataset.state === "nothing" && !outbox.count) open();
  }

  // Nothing is lost: an answer with a fault comes again with all that was done, to be mended.
  function onRefused(item, error) {
    const said = gettext("An answer could not be taken: {why}", { why: error.message });
    const id = idOf(item);
    if (error.status !== 400 || !item.body.annotation) return say(said, "bad");
    shelf.write(`draft:${id}`, item.body.annotation);
    call("GET", `assignments/${id}/`).then(({ body }) => {
      queue.putBack({ assignment: body, picture: queue.load(body) });
      say(`${said} ${gettext("It comes again next, for you to mend.")}`, "bad");
      if (root.dataset.state === "nothing") open();
    }, () => say(`${said} ${gettext("Your work on it is kept: reload the page to go on with it.")}`, "bad"));
    return undefined;
  }

  function takeBack(item) {
    if (current && !feedback.visible) queue.putBack({ assignment: autosave.pause(editor.document), picture, seconds: clock.seconds });
    feedback.hide();
    forgetNothing();
    current = null;
    setBusy(true);
    shelf.write(`draft:${item.assignment.id}`, item.assignment.draft); // it may not have reached the server
    turn += 1;
    present(item, turn).then(() => say(gettext("Taken back. Nothing was handed in.")));
  }

  function skip(event) {
    event.preventDefault();
    const form = new FormData(event.target);
    const reason = form.get("reason") === "other" ? String(form.get("other")).trim() : form.get("reason");
    if (!reason || !current || busy) return;
    event.target.closest("dialog").close();
    event.target.reset();
    handIn("skip", { reason }, gettext("Skipped."));
  }

  editor.onAccepted = (places) => { if (current) shelf.write(`accepted:${current.id}`, places); };
  editor.onChange((document, cause) => { if (cause !== "reset" && !feedback.visible) autosave.changed(document); });
  bindWorkbench({ root, part, hotkeys, feedback, guidelines, holding, asking, submit, skip, open });
  window.addEventListener("themechange", () => editor.render());
  window.addEventListener("beforeunload", (event) => { if (busy && current && stage.training) event.preventDefault(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); }); // as it was is not as it is
  outbox.tell();
  outbox.flush();
  open();
}
