// Claim, label, hand in, next: one image after another, without a reload and without losing anything.

import { call, uniqueKey } from "./api.js";
import { createAutosave } from "./autosave.js";
import { createClock } from "./clock.js";
import { plural } from "./dom.js";
import { createEditor } from "./editor.js";
import { createFeedback } from "./feedback.js";
import { createGuidelines } from "./guidelines.js";
import { createHotkeys } from "./hotkeys.js";
import { createLease } from "./lease.js";
import { createOutbox } from "./outbox.js";
import { createQueue } from "./queue.js";
import { createShelf } from "./shelf.js";
import { createStage } from "./stage.js";
import { showNothing } from "./nothing.js";
import { toast } from "./toasts.js";

const STATES = {
  empty: "", changed: "Saving…", saving: "Saving…", saved: "Draft saved",
  offline: "Offline – kept in this browser", unsaved: "Not saved – kept in this browser",
};

export function createWorkbench(root, { project, user, guideline, held, qualification }) {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const shelf = createShelf(user);
  const hotkeys = createHotkeys();
  const say = (text, kind = "info") => toast(text, { kind });
  const editor = createEditor(root, { hotkeys, say });
  editor.proposer = async (prompt) => (await call("POST", `assignments/${current.id}/propose/`, prompt)).body;
  const guidelines = createGuidelines({ project, first: guideline, panel: part("guideline") });
  const lease = createLease(part("lease"));
  const feedback = createFeedback({ root, editor, onNext: () => open() });
  const clock = createClock();
  const stage = createStage({ element: part("stage"), project, first: qualification });
  let current = null;
  let busy = false;

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
  const outbox = createOutbox({
    shelf,
    onChange: showOutbox,
    onRefused: (item, error) => say(`An answer that waited in this browser was refused: ${error.message}`, "bad"),
  });

  const begun = ({ id }) => (shelf.read(`draft:${id}`) ? 0 : 1);
  const mine = held.filter(({ id }) => !outbox.holds(`assignments/${id}/`)).sort((a, b) => begun(a) - begun(b));
  const queue = createQueue({ project, held: mine });

  function showOutbox(count) {
    part("outbox").hidden = count === 0;
    part("outbox-text").textContent = `${plural(count, "answer waits", "answers wait")} in this browser and will be sent when the server can be reached. You can go on.`;
  }

  function setBusy(value) {
    busy = value;
    root.querySelectorAll("[data-needs-image]").forEach((button) => { button.disabled = value || !current; });
  }

  // The next image
  async function open() {
    feedback.hide();
    setBusy(true);
    if (current) stage.refresh();
    const item = await queue.next();
    if (item.none) return nothing(item.none);
    current = item.assignment;
    const picture = await item.picture.catch((error) => { say(`${error.message} You can skip it.`, "bad"); return null; });
    await guidelines.use(current.guideline, editor);
    editor.setImage(picture, current.image);
    editor.setDocument(autosave.open(current) ?? current.prelabel ?? undefined, { proposed: current.prelabel });
    lease.until(current.expires_at);
    clock.restart();
    root.dataset.state = "labelling";
    part("prelabel").hidden = !current.prelabel;
    setBusy(false);
    return queue.ahead();
  }

  function nothing(reason) {
    current = null;
    root.dataset.state = "nothing";
    showNothing(part("nothing"), reason, { project, retry: open, acknowledged: open });
    setBusy(false);
  }

  // Handing in
  async function submit() {
    if (busy || !current) return;
    const faults = editor.check();
    if (Object.keys(faults).length) {
      editor.showFaults(faults);
      say("Not sent yet: something is still missing.", "warn");
      return;
    }
    await send(`assignments/${current.id}/submit/`, { annotation: editor.document, seconds: clock.seconds });
  }

  async function send(path, body) {
    setBusy(true);
    const key = uniqueKey();
    try {
      const { body: answer } = await call("POST", path, body, { key });
      await autosave.close();
      if (answer?.state === "void") say(answer.detail || answer.reason || "It came too late to be counted; it is kept.", "warn");
      if (answer?.feedback) return feedback.show(answer);
      return await open();
    } catch (error) {
      return refused(error, { path, body, key });
    }
  }

  async function refused(error, item) {
    if ((error.passing || error.status === 401) && outbox.add(item)) {
      say(error.status === 401 ? "You are signed out. Your answer is kept here until you sign in again." : "Kept in this browser: it will be sent when the server can be reached.", "warn");
      await autosave.close();
      return open();
    }
    setBusy(false);
    const { rest } = editor.showFaults(error.errors);
    say([error.message, ...rest].join(" "), "bad");
    if (error.status === 409 || error.status === 404) await leave();
    return undefined;
  }

  // The assignment is gone: what was done stays on screen only as long as the next one takes to come.
  async function leave() {
    await autosave.close();
    return open();
  }

  function skip(event) {
    event.preventDefault();
    const data = new FormData(event.target);
    const reason = data.get("reason") === "other" ? String(data.get("other")).trim() : data.get("reason");
    if (!reason || !current || busy) return;
    event.target.closest("dialog").close();
    event.target.reset();
    send(`assignments/${current.id}/skip/`, { reason });
  }

  editor.onChange((document, cause) => { if (cause !== "reset" && !feedback.visible) autosave.changed(document); });
  part("submit").addEventListener("click", submit);
  document.querySelector("#skip form").addEventListener("submit", skip);
  hotkeys.bind("Mod+Enter", "Hand in and go on", () => (feedback.visible ? open() : submit()), { group: "Work" });
  hotkeys.bind("g", "Show or hide the guideline", () => guidelines.toggle(), { group: "Work" });
  part("guideline-toggle").addEventListener("click", () => guidelines.toggle());
  window.addEventListener("themechange", () => editor.render());
  window.addEventListener("beforeunload", (event) => { if (busy && current) event.preventDefault(); });
  showOutbox(outbox.count);
  outbox.flush();
  open();
}
