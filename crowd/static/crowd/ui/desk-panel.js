// The panel's head and foot: which image, what of it is in question, and what can be done.

import { h } from "./dom.js";

export function createPanel(desk) {
  const { part } = desk;
  const title = document.querySelector('[data-part="title"]');
  const badge = document.querySelector('[data-part="kind"]');
  const reopen = document.querySelector('[data-part="reopen"]');
  const first = Number(reopen?.dataset.task ?? 0);

  part("form").addEventListener("submit", (event) => {
    event.preventDefault();
    desk.rule();
  });
  const on = (name, run) => part(name)?.addEventListener("click", run);
  on("edit", () => desk.edit());
  on("stop-editing", () => desk.stopEditing());
  on("drop", () => desk.composing.drop());
  on("again", () => desk.verbs.again());
  on("exclude", () => desk.verbs.exclude());
  on("reveal", () => desk.reveal());
  on("say", () => desk.verbs.say());
  on("escalate", () => desk.verbs.escalate());
  on("pass", () => desk.pass());
  on("step-back", () => desk.things.step(-1));
  on("step-on", () => desk.things.step(1));
  // Enter in the comment is the end of it, not a ruling.
  part("comment").addEventListener("keydown", (event) => {
    if (event.key === "Escape" || (event.key === "Enter" && !event.ctrlKey && !event.metaKey)) { event.preventDefault(); desk.editor.board.container.focus({ preventScroll: true }); }
  });

  function complain(sentences) {
    part("errors").hidden = !sentences.length;
    part("errors").replaceChildren(...sentences.map((line) => h("li", {}, line)));
  }

  return {
    complain,
    use({ data, kept }) {
      const { image, conflict } = data;
      title.textContent = image.name;
      document.title = `${image.name} · Review`;
      badge.replaceChildren(h("span", {}, conflict ? desk.words[conflict.kind] : data.state,
        conflict && conflict.confidence !== null ? h("span", { class: "top__word" }, `, ${conflict.confidence.toFixed(2)} confident`) : null));
      badge.className = `badge badge--${data.state} nowrap`;
      if (reopen) reopen.hidden = data.task !== first;
      window.history.replaceState(null, "", `../${data.task}/`);
      part("comment").value = kept?.comment ?? "";
      part("gold").checked = kept?.gold ?? false;
      complain([]);
    },
    show() {
      const { editing, composing } = desk;
      part("editing").hidden = !editing;
      for (const box of ["layers-box", "history-wrap"]) part(box).hidden = editing;
      if (!desk.editor.classes.length) part("layers-box").hidden = true; // the table of answers says it all
      const { blind, item } = desk;
      part("blind").hidden = !blind || editing;
      if (blind) part("layers-box").hidden = part("history-wrap").hidden = true;
      part("held").hidden = !item.held;
      part("held-words").textContent = item.held ?? "";
      part("say").hidden = !item.data.conflict;
      part("escalate").hidden = !item.data.conflict;
      for (const name of ["again", "exclude", "escalate"]) part(name).disabled = Boolean(item.held);
      if (editing || blind) for (const box of ["answers-box", "things"]) part(box).hidden = true;
      part("questions-box").hidden = !editing || !(desk.editor.schema.classifications ?? []).length;
      part("objects-box").hidden = !editing || !desk.editor.classes.length;
      const own = editing || composing.active;
      part("rule-words").textContent = own ? "Rule so" : "Accept consensus";
      part("accept-key").hidden = own;
      part("rule-key").hidden = !own;
      part("composed").hidden = editing || !composing.active;
      const { changes } = composing;
      part("composed-words").textContent = `Your ruling${changes ? `: ${changes} ${changes === 1 ? "object" : "objects"} unlike the consensus` : ""}`;
      part("rule").disabled = Boolean(item.held || item.data.gold) || (!own && (blind || !desk.layers.row("consensus")));
      part("again").hidden = blind;
      part("edit").hidden = part("more").hidden = editing;
    },
    finished() {
      title.textContent = "Nothing to settle";
      document.title = "Review";
      badge.textContent = "";
      badge.className = "";
      part("nothing").replaceChildren(h("h2", {}, "Nothing left to settle"), h("p", {}, "Everything that waits has been settled, or somebody else is looking at it."), h("a", { class: "button button--primary", href: "../" }, "Back to the list"));
    },
  };
}
