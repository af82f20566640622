// A question about the image, or a word that something is wrong with it, without leaving it; and the answers that came.

import { call, uniqueKey } from "./api.js";
import { h } from "./dom.js";
import { toast } from "./toasts.js";
import { gettext, ngettext } from "../words.js";

const EVERY = 60_000; // ms, while something waits for an answer

export function createAsking({ dialog, project, shelf, notices, outbox, first, imageOf }) {
  const form = dialog.querySelector("form");
  const text = form.elements.comment;
  let waiting = first.waiting;

  function kindChanged() {
    const image = form.elements.kind.value === "image";
    form.querySelector("[data-what]").hidden = !image;
    form.querySelectorAll('[name="what"]').forEach((input) => { input.required = image; });
    text.required = !image || form.elements.what.value === "other";
    form.querySelector("[data-comment-label]").textContent = image ? gettext("More about it") : gettext("Your question");
  }

  function comment(data) {
    const words = String(data.get("comment")).trim();
    const what = data.get("kind") === "image" && data.get("what") !== "other" ? data.get("what") : "";
    return [what, words].filter(Boolean).join(": ");
  }

  async function send(event) {
    event.preventDefault();
    const image = imageOf();
    const data = new FormData(form);
    const body = { kind: data.get("kind"), comment: comment(data) };
    if (!image || !body.comment) { text.focus(); return; }
    const item = { path: `assignments/${image.id}/report/`, body, key: uniqueKey() };
    dialog.close();
    form.reset();
    kindChanged();
    try {
      await call("POST", item.path, item.body, { key: item.key });
      toast(gettext("Sent. You can go on with this image; the answer will be shown here."), { kind: "good" });
    } catch (error) {
      if (!(error.passing || error.status === 401) || !outbox.add(item)) { toast(error.message, { kind: "bad" }); return; }
      toast(gettext("Kept in this browser: it will be sent when the server can be reached."), { kind: "warn" });
    }
    waiting += 1;
  }

  function tell(answered) {
    const seen = new Set(shelf.read("answers-seen", []));
    const fresh = answered.filter(({ id, answer }) => answer && !seen.has(id));
    if (!fresh.length) return;
    const put = () => shelf.write("answers-seen", [...seen, ...fresh.map(({ id }) => id)].slice(-200));
    notices.show("answers", {
      kind: "good", sign: "check", onClose: put,
      body: [h("p", {}, h("strong", {}, ngettext("{n} answer to what you asked", "{n} answers to what you asked", fresh.length))),
        h("ul", { class: "plain stack" }, fresh.map(({ comment: asked, answer }) => h("li", {}, h("span", { class: "muted" }, `“${asked}” `), h("span", {}, answer))))],
    });
  }

  async function look() {
    if (!waiting || document.visibilityState === "hidden") return;
    try {
      const { body } = await call("GET", `projects/${project}/me/reports/?page_size=200`);
      waiting = body.results.filter(({ answer }) => !answer).length;
      tell(body.results);
    } catch {
      // asked again in a minute
    }
  }

  form.addEventListener("change", kindChanged);
  form.addEventListener("submit", send);
  kindChanged();
  tell(first.answered);
  setInterval(look, EVERY);
  window.addEventListener("focus", look);

  return {
    open() {
      if (!imageOf()) return;
      dialog.showModal();
      form.querySelector("input:checked").focus();
    },
  };
}
